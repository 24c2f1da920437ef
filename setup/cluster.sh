# shellcheck shell=bash
# Gets what a cluster is made of, and a base that one begins with. Sourced by setup/cluster
# and setup/test.

get_haproxy() {
  HAPROXY=$(PATH=$PATH:/usr/sbin command -v haproxy || true)
  if [ -z "$HAPROXY" ]; then
    HAPROXY=$STATE/haproxy/usr/sbin/haproxy
    [ -x "$HAPROXY" ] ||
      step "Getting HAProxy" \
        "Install it yourself (Debian: apt-get install haproxy), and start again." unpack_packages haproxy haproxy
    local libraries
    libraries=$(find "$STATE/haproxy/usr/lib" -maxdepth 1 -name '*-linux-gnu*' | head -n 1)
    export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  fi
  export HAPROXY
}

# get_cluster NAME: gets the programs, and says where the cluster of that name lies.
get_cluster() {
  mkdir -p "$STATE/cluster"
  exec 9>"$STATE/lock"
  flock -n 9 || { say "Waiting for another setup in this folder …"; flock 9; }
  get_odoo
  get_python
  get_haproxy
  # A server of the user's own is none that may be stopped and promoted.
  unset PGHOST PGPORT PGSERVICE PGHOSTADDR PGUSER
  export CLUSTER_FOLDER=$STATE/cluster/$1 CLUSTER_BASE=$STATE/cluster/base CLUSTER_ADDONS=$TOP/setup/addons
  [ ! -d "$ODOO_HOME/addons" ] || CLUSTER_ADDONS=$ODOO_HOME/addons,$CLUSTER_ADDONS
  # The name of a socket may have 107 bytes.
  CLUSTER_SOCKETS=$CLUSTER_FOLDER.sockets
  [ ${#CLUSTER_SOCKETS} -le 85 ] ||
    CLUSTER_SOCKETS=/tmp/intervention-$(id -u)-$(printf '%s' "$CLUSTER_SOCKETS" | cksum | cut -d' ' -f1)
  export CLUSTER_SOCKETS PYTHONPATH=$ODOO_HOME${PYTHONPATH:+:$PYTHONPATH}
  mkdir -p "$CLUSTER_BASE"
  [ ! -d "$STATE/postgresql" ] || ln -sfn ../../postgresql "$CLUSTER_BASE/postgresql"
  STATE=$CLUSTER_BASE
  POSTGRES_BIN=$(postgres_bin)
  export POSTGRES_BIN
}

# Makes the base: a stopped PostgreSQL with the demo data, and the files of its Odoo.
make_cluster_base() {
  get_postgres
  POSTGRES_BIN=$PG_BIN
  configure_odoo
  make_new_database intervention_cluster --with-demo
  make_assets intervention_cluster
  release_cluster
  trap - EXIT
  exec 8>&-
  unset PGHOST PGPORT PGUSER ODOO_RC
}
