# shellcheck shell=bash
# Gets, starts and stops a private PostgreSQL. Sourced by setup/lib.sh.

# The folder of PostgreSQL's programs, of the version that made the cluster when there is one.
postgres_bin() {
  local version='*' folder
  [ ! -f "$STATE/postgres/PG_VERSION" ] || version=$(cat "$STATE/postgres/PG_VERSION")
  for folder in "$STATE"/postgresql/usr/lib/postgresql/$version/bin /usr/lib/postgresql/$version/bin; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
      printf '%s' "$folder"
      return
    fi
  done
  if [ "$version" = '*' ] && folder=$(pg_config --bindir 2>/dev/null) && [ -x "$folder/initdb" ]; then
    printf '%s' "$folder"
  fi
}

# unpack_packages FOLDER PACKAGE: unpacks what apt would install for the package, and
# installs nothing.
unpack_packages() {
  rm -rf "$STATE/$1.new" "$STATE/apt"
  make_apt_state
  sed -i '/ sid main$/d' "$STATE/apt/sources.list"
  private_apt update
  private_apt -y -o Dir::State::status=/var/lib/dpkg/status -o Debug::NoLocking=1 \
    --no-install-recommends --download-only install "$2"
  mkdir "$STATE/$1.new"
  for package in "$STATE"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$STATE/$1.new"; done
  mv "$STATE/$1.new" "$STATE/$1"
  rm -rf "$STATE/apt"
}

# Runs a command as somebody whom PostgreSQL accepts: it refuses root.
as_postgres() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  elif runuser -u postgres -- test -x "$STATE" 2>/dev/null; then
    runuser -u postgres -- "$@"
  else
    # User postgres can't enter this folder (it may lie below /root): a user namespace
    # gives the files of root to somebody else for this one process.
    unshare --user --map-user=65534 --map-group=65534 -- "$@"
  fi
}

make_cluster() {
  local new=$STATE/postgres.new
  rm -rf "$new"
  mkdir -m 700 "$new"
  if [ "$(id -u)" -eq 0 ] && runuser -u postgres -- test -x "$STATE" 2>/dev/null; then
    chown postgres "$new"
  fi
  cd "$STATE"
  as_postgres "$PG_BIN/initdb" -D "$new" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  # Only this machine's socket, in a folder that only its owner may enter, leads to the data.
  cat >>"$new/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$PGHOST'
shared_buffers = 256MB
max_connections = 150
random_page_cost = 1.1
CONF
  mv "$new" "$STATE/postgres"
}

start_cluster() {
  mkdir -p -m 700 "$PGHOST"
  if [ "$PGHOST" != "$STATE/postgres" ]; then chown --reference="$STATE/postgres" "$PGHOST"; fi
  cd "$STATE"
  as_postgres "$PG_BIN/pg_ctl" -D "$STATE/postgres" -l "$STATE/postgres/server.log" -w -t 60 start 8>&- 9>&-
}

cluster_runs() { as_postgres "$PG_BIN/pg_ctl" -D "$STATE/postgres" status >/dev/null 2>&1; }

# Stops the private cluster when this script is the last that uses it.
release_cluster() {
  [ -n "${PRIVATE_CLUSTER:-}" ] || return 0
  flock -u 8
  if flock -xn 8 && cluster_runs; then
    say "Stopping PostgreSQL …"
    as_postgres "$PG_BIN/pg_ctl" -D "$STATE/postgres" -m fast -w -t 60 stop >/dev/null 8>&- 9>&- || true
  fi
}

get_postgres() {
  if [ -n "${PGHOST:-}${PGPORT:-}${PGSERVICE:-}${PGHOSTADDR:-}" ]; then
    [ "${PGUSER:-$(id -un)}" != postgres ] ||
      die "PGUSER is postgres, and Odoo refuses to work as PostgreSQL's superuser. Make a role with the right to create databases and set PGUSER to it."
    "$PYTHON" -c 'import psycopg2; psycopg2.connect(dbname="postgres").close()' ||
      die "the PostgreSQL server of your PG* variables does not answer (see above). Correct PGHOST, PGPORT, PGUSER or PGPASSWORD, or unset them all to have a private server made."
    return
  fi
  unset PGPASSWORD PGDATABASE
  PG_BIN=$(postgres_bin)
  if [ -z "$PG_BIN" ]; then
    [ ! -f "$STATE/postgres/PG_VERSION" ] ||
      die "the data in $STATE/postgres was made by PostgreSQL $(cat "$STATE/postgres/PG_VERSION"), whose programs are gone. Install them again, or move that folder away."
    check_disk
    make_apt_state
    step "Getting PostgreSQL's programs" \
      "Install them yourself (Debian: apt-get install postgresql), and start again." unpack_packages postgresql postgresql-15
    PG_BIN=$(postgres_bin)
  fi
  case $PG_BIN in
    "$STATE"/*)
      LD_LIBRARY_PATH=$(find "$STATE/postgresql/usr/lib" -maxdepth 1 -name '*-linux-gnu*' | head -n 1)
      export LD_LIBRARY_PATH
      ;;
  esac
  if [ "$(id -u)" -eq 0 ] && ! getent passwd postgres >/dev/null; then
    say "Making the system user postgres, as PostgreSQL refuses to run as root …"
    useradd --system --user-group --no-create-home --shell /usr/sbin/nologin postgres
  fi
  as_postgres true 2>/dev/null ||
    die "PostgreSQL refuses to run as root, and user postgres can't enter $STATE. Move the checkout to a folder that others may enter (such as /srv), or start this as an ordinary user."
  # The name of a socket may have 107 bytes.
  PGHOST=$STATE/postgres
  [ ${#PGHOST} -le 85 ] || PGHOST=/tmp/intervention-$(id -u)-$(printf '%s' "$STATE" | cksum | cut -d' ' -f1)
  export PGHOST PGPORT=5432 PGUSER=odoo
  exec 8>"$STATE/postgres.users"
  flock -s 8
  PRIVATE_CLUSTER=yes
  trap release_cluster EXIT
  if [ ! -d "$STATE/postgres" ]; then
    step "Making a private PostgreSQL cluster" "" make_cluster
  fi
  cluster_runs ||
    step "Starting PostgreSQL" "Its own log is $STATE/postgres/server.log." start_cluster
  if ! "$PYTHON" -c 'import psycopg2; psycopg2.connect(dbname="postgres").close()' 2>/dev/null; then
    "$PYTHON" - <<'PY' || die "the role of Odoo could not be made in the private cluster."
import psycopg2
connection = psycopg2.connect(dbname="postgres", user="postgres")
connection.autocommit = True
connection.cursor().execute("CREATE ROLE odoo LOGIN CREATEDB")
PY
  fi
}
