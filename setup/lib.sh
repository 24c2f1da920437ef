# shellcheck shell=bash
# Gets and starts what Odoo needs. Sourced by setup/run, setup/test and setup/odoo.
#
# Everything made here lies in $STATE. A thing is made under another name, or without its
# stamp, and put in place when it is whole; so an interrupted step is simply done again.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STATE=$TOP/.local
ODOO_SERIES=19.0
ODOO_PACKAGES=(
  odoo-19/sid
  fonts-roboto-unhinted/sid fonts-montserrat/sid fonts-inconsolata/sid fonts-ocr-b/sid
  libjs-jquery/sid libjs-jquery-form/sid libjs-underscore/sid
  # Odoo's links point to files of Font Awesome 4.7, which later releases do not have.
  fonts-font-awesome/bookworm
)
NEEDED_MIB=3500

. "$TOP/setup/postgres.sh"

say() { printf '%s\n' "$*" >&2; }

die() {
  printf '\nsetup: %s\n' "$*" >&2
  exit 1
}

elapsed() { printf '%d s' $((SECONDS - $1)); }

# Sleeps without a process that would outlive a killed watcher.
pause() { read -rt "$1" _ <> <(:) || true; }

# Prints how long the step has been at work, and the end of its log, until it is killed.
watch_step() {
  local label=$1 log=$2 since=$SECONDS last
  trap - EXIT
  if [ -t 2 ]; then
    while pause 1; do
      last=$(tail -c 400 "$log" 2>/dev/null | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 || true)
      printf '\r\033[K%s (%s) %.60s' "$label" "$(elapsed "$since")" "$last" >&2
    done
  else
    while pause 15; do say "  … $(elapsed "$since")"; done
  fi
}

# step LABEL ADVICE COMMAND…: runs the command with its output in a log; when it fails,
# shows the end of the log and the advice, and ends the script.
step() {
  local label=$1 advice=$2 log watcher status since=$SECONDS
  shift 2
  log=$STATE/log/$1.log
  mkdir -p "$STATE/log"
  : >"$log"
  if [ -t 2 ]; then printf '%s …' "$label" >&2; else say "$label …"; fi
  watch_step "$label" "$log" 8>&- 9>&- &
  watcher=$!
  set +e
  (
    set -e
    "$@"
  ) >>"$log" 2>&1
  status=$?
  set -e
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then
    printf '\n' >&2
    tail -n 15 "$log" | sed 's/^/  | /' >&2
    die "$label failed. $advice (The whole log: $log)"
  fi
  if [ -t 2 ]; then
    printf '\r\033[K%s: done in %s\n' "$label" "$(elapsed "$since")" >&2
  else
    say "  done in $(elapsed "$since")"
  fi
}

check_disk() {
  local free
  free=$(df -Pm "$STATE" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$NEEDED_MIB" ] ||
    die "only $free MiB are free for $STATE, and $NEEDED_MIB are needed. Free some space and start again."
}

# --- ports ---

port_free() {
  python3 - "$1" <<'PY'
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("", int(sys.argv[1])))
    except OSError:
        sys.exit(1)
PY
}

# check_port PORT SCRIPT: ends the script when it can't serve at the port HTTP_PORT.
check_port() {
  [[ $1 =~ ^[0-9]+$ ]] && [ "$1" -ge 1 ] && [ "$1" -le 65535 ] || die "HTTP_PORT is '$1'. It must be a number from 1 to 65535."
  port_free "$1" || die "port $1 is taken. Stop what uses it, or choose another: HTTP_PORT=$(($1 + 1)) $2"
}

# --- Odoo ---

# The machine's own Debian mirror and the key that signs it, as "URI KEYRING".
debian_mirror() {
  apt-get indextargets --no-release-info --format '$(COMPONENT) $(RELEASE) $(REPO_URI) $(SIGNED_BY)' \
    'Created-By: Packages' 2>/dev/null |
    awk '$1 == "main" && $2 !~ /[-\/]/ && $3 ~ /\/debian\/?$/ {
      print $3, ($4 ~ /^\// ? $4 : ""); exit }'
}

# Makes an apt configuration of our own: its lists and cache are ours, the machine's stay as they are.
make_apt_state() {
  local mirror keyring options
  command -v apt-get >/dev/null ||
    die "there is no apt-get here to get Odoo with. Set ODOO_HOME to the folder of an Odoo $ODOO_SERIES that you have."
  read -r mirror keyring < <(debian_mirror) || true
  [ -n "${mirror:-}" ] ||
    die "no Debian mirror was found in this machine's apt configuration (apt-get indextargets). Add one, or set ODOO_HOME to the folder of an Odoo $ODOO_SERIES that you have."
  keyring=${keyring:-/usr/share/keyrings/debian-archive-keyring.gpg}
  options="arch=$(dpkg --print-architecture)"
  [ ! -f "$keyring" ] || options+=" signed-by=$keyring"
  mkdir -p "$STATE"/apt/{lists/partial,cache/archives/partial,packages}
  : >"$STATE/apt/status"
  printf 'deb [%s] %s %s main\n' "$options" "$mirror" sid "$options" "$mirror" bookworm \
    >"$STATE/apt/sources.list"
  cat >"$STATE/apt/apt.conf" <<CONF
Dir::Etc::SourceList "$STATE/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$STATE/apt/lists";
Dir::State::status "$STATE/apt/status";
Dir::Cache "$STATE/apt/cache";
APT::Sandbox::User "$(id -un)";
CONF
}

private_apt() { APT_CONFIG=$STATE/apt/apt.conf apt-get -q "$@"; }

unpack_odoo() {
  rm -rf "$STATE/odoo.new" "$STATE/apt"
  make_apt_state
  private_apt update
  cd "$STATE/apt/packages"
  private_apt download "${ODOO_PACKAGES[@]}"
  mkdir "$STATE/odoo.new"
  for package in *.deb; do dpkg-deb -x "$package" "$STATE/odoo.new"; done
  cd "$STATE"
  rm -rf odoo
  mv odoo.new odoo
  rm -rf apt
}

get_odoo() {
  local release
  if [ -n "${ODOO_HOME:-}" ]; then
    [ -f "$ODOO_HOME/odoo/release.py" ] ||
      die "ODOO_HOME is $ODOO_HOME, where odoo/release.py is missing. Point it to a checkout of Odoo, or to the folder that holds an installed one (such as /usr/lib/python3/dist-packages)."
    ODOO_HOME=$(cd "$ODOO_HOME" && pwd)
  else
    ODOO_HOME=$STATE/odoo/usr/lib/python3/dist-packages
    if [ ! -d "$STATE/odoo" ]; then
      check_disk
      make_apt_state
      step "Getting Odoo $ODOO_SERIES (about 125 MB)" \
        "Check that this machine reaches its Debian mirror, and start again." unpack_odoo
    fi
  fi
  release=$(sed -n 's/^version_info = (\([0-9]*\), \([0-9]*\),.*/\1.\2/p' "$ODOO_HOME/odoo/release.py")
  [ "$release" = "$ODOO_SERIES" ] ||
    die "$ODOO_HOME holds Odoo ${release:-of an unknown version}; this addon needs $ODOO_SERIES. Point ODOO_HOME to an Odoo $ODOO_SERIES."
}

# --- Python ---

requirements_stamp() { { cat "$TOP/requirements.txt"; python3 -V; } | sha256sum | cut -d' ' -f1; }

make_venv() {
  if [ ! -x "$STATE/venv/bin/python" ] || [ ! -f "$STATE/venv/.stamp" ]; then
    rm -rf "$STATE/venv"
    python3 -m venv "$STATE/venv"
  fi
  "$STATE/venv/bin/python" -m pip install --progress-bar off -r "$TOP/requirements.txt"
  requirements_stamp >"$STATE/venv/.stamp"
}

get_python() {
  local candidate
  if [ "$ODOO_HOME" != "$STATE/odoo/usr/lib/python3/dist-packages" ]; then
    # An Odoo of the user's own comes with its own libraries.
    for candidate in "${ODOO_PYTHON:-}" "$ODOO_HOME"/{.venv,venv,env}/bin/python "$(command -v python3)"; do
      if [ -x "$candidate" ] && PYTHONPATH=$ODOO_HOME "$candidate" -c 'import odoo.http' 2>/dev/null; then
        PYTHON=$candidate
        return
      fi
    done
    die "no Python here has the libraries of the Odoo in $ODOO_HOME. Set ODOO_PYTHON to the interpreter that it runs with."
  fi
  command -v python3 >/dev/null || die "python3 is missing. Install Python 3.10 or later (Debian: apt-get install python3-venv)."
  python3 -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' ||
    die "$(python3 -V) is here, and Odoo $ODOO_SERIES needs Python 3.10 to 3.13. Put one first in PATH."
  python3 -c 'import ensurepip' 2>/dev/null ||
    die "Python's venv module is incomplete. Install it (Debian: apt-get install python3-venv)."
  PYTHON=$STATE/venv/bin/python
  if [ ! -f "$STATE/venv/.stamp" ] || [ "$(cat "$STATE/venv/.stamp")" != "$(requirements_stamp)" ]; then
    step "Installing the Python libraries of requirements.txt" \
      "Check that pip reaches its package index, and start again." make_venv
  fi
}

# --- Chromium, for the tests of the screens and the screenshots ---

install_chromium() {
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    chromium chromium-headless-shell fonts-dejavu-core
}

# The tests work with chromium alone, too; its sister without a window is quicker.
get_chromium() {
  if command -v chromium >/dev/null; then return; fi
  [ "$(id -u)" -eq 0 ] ||
    die "chromium is missing, which the screens are tested with. Install it (Debian: apt-get install chromium fonts-dejavu-core)."
  say "The package chromium is installed on this machine, as the screens are tested with it."
  step "Installing Chromium" \
    "Install it yourself (Debian: apt-get install chromium), and start again." install_chromium
}

install_browser_tools() {
  rm -rf "$STATE/browser.new" &&
    cp -r "$TOP/tests/browser" "$STATE/browser.new" &&
    (cd "$STATE/browser.new" && npm ci) &&
    rm -rf "$STATE/browser" &&
    mv "$STATE/browser.new" "$STATE/browser"
}

# rtlcss, with which Odoo mirrors its styles for languages that are read from right to
# left, and what the screens are tested with. All else works without them.
get_browser_tools() {
  command -v npm >/dev/null || return 0
  cmp -s "$TOP/tests/browser/package-lock.json" "$STATE/browser/package-lock.json" ||
    (step "Getting rtlcss and axe-core" \
      "Arabic is not mirrored without them." install_browser_tools) || return 0
  export PATH=$STATE/browser/node_modules/.bin:$PATH
}

# --- gettext, for setup/translations ---

install_gettext() {
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends gettext
}

get_gettext() {
  if command -v msgmerge >/dev/null; then return; fi
  [ "$(id -u)" -eq 0 ] ||
    die "gettext is missing, which the translations are brought to the terms with. Install it (Debian: apt-get install gettext)."
  say "The package gettext is installed on this machine, as the translations are brought to the terms with it."
  step "Installing gettext" \
    "Install it yourself (Debian: apt-get install gettext), and start again." install_gettext
}

# --- Odoo's configuration and databases ---

configure_odoo() {
  local addons=$TOP,$TOP/setup/addons
  [ ! -d "$ODOO_HOME/addons" ] || addons=$ODOO_HOME/addons,$addons
  addons+=${ADDED_ADDONS:+,$ADDED_ADDONS}
  mkdir -p "$STATE/data" "$STATE/databases"
  cat >"$STATE/odoo.conf.new" <<CONF
[options]
addons_path = $addons
data_dir = $STATE/data
http_interface = ${HTTP_INTERFACE:-127.0.0.1}
list_db = False
CONF
  mv "$STATE/odoo.conf.new" "$STATE/odoo.conf"
  export ODOO_RC=$STATE/odoo.conf PYTHONPATH=$ODOO_HOME${PYTHONPATH:+:$PYTHONPATH}
  # Debian's Odoo lacks a JavaScript file of mail, and the browser complains; see the addon.
  DEV_ADDONS=
  [ -f "$ODOO_HOME/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js" ] ||
    [ -f "$ODOO_HOME/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js" ] ||
    DEV_ADDONS=intervention_dev
}

odoo() { "$PYTHON" "$TOP/setup/start_odoo.py" "$@"; }

database_exists() {
  "$PYTHON" - "$1" <<'PY'
import sys
import psycopg2
cursor = psycopg2.connect(dbname="postgres").cursor()
cursor.execute("SELECT FROM pg_database WHERE datname = %s", sys.argv[1:])
sys.exit(not cursor.rowcount)
PY
}

addon_stamp() {
  # The version of Odoo is part of it: views are checked against it.
  { find "$TOP/intervention_tracking" "$TOP/setup/addons" -type f ! -name '*.pyc' ! -path '*/tests/*' -print0 | sort -z |
    xargs -0 sha256sum; cat "$ODOO_HOME/odoo/release.py"; } | sha256sum | cut -d' ' -f1
}

# Tells whether the database has the addon, so that it may be updated.
has_addon() {
  "$PYTHON" - "$1" <<'PY'
import sys
import psycopg2
cursor = psycopg2.connect(dbname=sys.argv[1]).cursor()
cursor.execute("SELECT to_regclass('intervention_meeting') IS NOT NULL")
sys.exit(not cursor.fetchone()[0])
PY
}

drop_database() {
  if database_exists "$1"; then odoo db drop "$1"; fi
  rm -rf "$STATE/data/filestore/$1"
}

init_database() {
  local name=$1
  shift
  drop_database "$name"
  odoo server -d "$name" -i "intervention_tracking${DEV_ADDONS:+,$DEV_ADDONS}" --stop-after-init --no-http "$@"
}

update_database() {
  odoo server -d "$1" -u "intervention_tracking${DEV_ADDONS:+,$DEV_ADDONS}" --stop-after-init --no-http
}

# make_database NAME [OPTIONS…]: makes the database, or brings it to the addon's state of now.
# A database that we did not make is never dropped: only one with a ".making" file is.
make_database() {
  local name=$1 stamp file=$STATE/databases/$1
  shift
  [[ $name =~ ^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$ ]] || die "'$name' can't be the name of a database. Use letters, digits, and _ . -"
  stamp=$(addon_stamp)
  if [ -f "$file.making" ] || ! database_exists "$name"; then
    rm -f "$file"
    : >"$file.making"
    step "Making the database $name" "" init_database "$name" "$@"
    echo "$stamp" >"$file"
    rm "$file.making"
  elif ! has_addon "$name"; then
    die "$name is not a database of this project, and is left as it is. Choose another name, or install the addon in it: setup/odoo -d $name -i intervention_tracking --stop-after-init"
  elif [ ! -f "$file" ] || [ "$(cat "$file")" != "$stamp" ]; then
    step "Updating the addon in the database $name" "" update_database "$name"
    echo "$stamp" >"$file"
  fi
}

# make_new_database NAME: as make_database, but makes the database anew where the addon has
# changed. An update leaves what a school may have edited, such as its mails, as it was.
make_new_database() {
  local file=$STATE/databases/$1
  if [ -f "$file" ] && [ "$(cat "$file")" != "$(addon_stamp)" ]; then : >"$file.making"; fi
  make_database "$@"
}

bundle_assets() {
  odoo shell -d "$1" --no-http <<'PY'
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
PY
}

# make_assets NAME: makes the web client's scripts and styles in a database that
# make_database made, so that its copies have them.
make_assets() {
  local file=$STATE/databases/$1
  if cmp -s "$file" "$file.assets"; then return; fi
  step "Making the scripts and styles of the web client" "" bundle_assets "$1"
  cp "$file" "$file.assets"
}

# Gets everything up to a running PostgreSQL and the environment that Odoo needs.
prepare() {
  mkdir -p "$STATE"
  if command -v flock >/dev/null; then
    exec 9>"$STATE/lock"
    flock -n 9 || { say "Waiting for another setup in this folder …"; flock 9; }
  fi
  get_odoo
  get_python
  get_postgres
  configure_odoo
}

# Lets another script of setup/ go on; called when everything is made.
prepared() { exec 9>&-; }
