"""A district's cluster on one machine: two PostgreSQL servers, two Odoo nodes, HAProxy.

``setup/cluster`` and the tests of the cluster use it. All lies in one folder; ``data``
in it stands for storage that several machines share, with the files and the sessions of
the web client. The processes are found by files with their ids, so that a second
``setup/cluster`` can switch or upgrade what the first one started.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg2

SETUP = Path(__file__).resolve().parent
ADDON = SETUP.parent / "intervention_tracking"
DATABASE = "intervention_cluster"
# They name sockets in a folder of the cluster, no ports of the machine.
POSTGRES_PORTS = {"first": 5401, "second": 5402}
WRITES, READS = 5403, 5404
NODES = ("node1", "node2")
BUSY = json.dumps(
    {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "busy",
        "detail": "The database is not reached at this moment. Try again.",
    }
)
POSTGRES_CONF = """
wal_keep_size = 1GB
hot_standby_feedback = on
# A replica that hears nothing of its primary for so long is used no more.
wal_receiver_timeout = 3s
wal_sender_timeout = 6s
"""


class Cluster:
    """The cluster in a folder, which ``start`` makes anew of the base.

    :param base: a folder with ``postgres``, a stopped server, and ``data`` of Odoo
    """

    def __init__(self, folder, base, port=None):
        self.folder, self.base = Path(folder), Path(base)
        self.sockets = Path(os.environ["CLUSTER_SOCKETS"])
        self.state = self.folder / "state.json"
        if self.state.exists() and port is None:
            self.ports = json.loads(self.state.read_text())
        else:
            self.ports = {"web": port or free_port()}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.database = DATABASE
        self.primary, self.replica = "first", "second"

    # --- all of it ---

    def start(self, synchronous=False):
        """Make and start everything; it serves when this returns."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o700, parents=True)
        copy(self.base, self.folder)
        (self.folder / "postgres").rename(self.folder / "first")
        shutil.chown(self.sockets, *owner(self.folder / "first"))
        for name in ("health_first", "health_second"):
            self.ports[name] = free_port()
        for node in NODES:
            self.ports[node], self.ports[f"{node}_events"] = free_port(), free_port()
        self.state.write_text(json.dumps(self.ports))
        conf = self.folder / "first" / "postgresql.conf"
        # The folder of the sockets is told to each server when it is started.
        lines = [line for line in conf.read_text().splitlines() if "unix_" not in line]
        conf.write_text("\n".join(lines) + POSTGRES_CONF)
        self.start_postgres("first")
        # The links in mails lead to the address that is served here.
        self.sql(
            "first",
            "UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url'",
            self.url,
        )
        self.make_replica("second", of="first")
        self.set_synchronous(synchronous)
        for name in POSTGRES_PORTS:
            self.start_health(name)
        self.start_balancer()
        for node in NODES:
            self.install(node, ADDON)
            self.start_node(node)
        for node in NODES:
            self.wait_for_node(node)
        self.wait_for(lambda: "replica" in self.servers_up(), "the replica")

    def stop(self):
        """Stop everything, the database last."""
        self.stop_process(*NODES)
        self.stop_process("balancer", "health_first", "health_second")
        for name in POSTGRES_PORTS:
            if (self.folder / name / "postmaster.pid").exists():
                self.stop_postgres(name)

    def told(self):
        """Return what somebody wants to know who has started it."""
        nodes = "\n".join(
            f"  {node}   http://127.0.0.1:{self.ports[node]}" for node in NODES
        )
        databases = "\n".join(
            f"  {role:<9}psql -h {self.sockets} -p {POSTGRES_PORTS[name]}"
            f" -U odoo {DATABASE}"
            for name, role in ((self.primary, "primary"), (self.replica, "replica"))
        )
        return f"""
HAProxy serves at {self.url}, with the logins of setup/run, from

{nodes}

{databases}

Logs, files and sessions: {self.folder}

Press Ctrl-C to stop."""

    # --- PostgreSQL ---

    def as_postgres(self, program, *arguments, **options):
        """Run one of PostgreSQL's programs as who may: it refuses root."""
        return subprocess.run(
            ["bash", "-c", '. "$0"; as_postgres "$@"', str(SETUP / "postgres.sh"),
             f"{os.environ['POSTGRES_BIN']}/{program}", *map(str, arguments)],
            env={**os.environ, "STATE": str(self.folder)},
            cwd=self.folder, check=True, capture_output=True, text=True, **options,
        )  # fmt: skip

    def start_postgres(self, name):
        self.as_postgres(
            "pg_ctl", "-D", self.folder / name, "-l", self.folder / name / "server.log",
            "-o", f"-p {POSTGRES_PORTS[name]} -k {self.sockets} -c listen_addresses=''",
            "-w", "-t", "60", "start",
        )  # fmt: skip

    def stop_postgres(self, name, mode="fast"):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.as_postgres(
                "pg_ctl", "-D", self.folder / name, "-m", mode, "-w", "stop"
            )

    def make_replica(self, name, of):
        """Make a replica of a running server, in place of what was there."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700)
        shutil.chown(target, *owner(self.folder / of))
        self.as_postgres(
            "pg_basebackup", "-D", target, "-R", "-X", "stream", "-c", "fast",
            "-d", f"host={self.sockets} port={POSTGRES_PORTS[of]} user=postgres "
            f"application_name={name}",
        )  # fmt: skip
        self.start_postgres(name)

    def connect(self, name, database=DATABASE, user="postgres"):
        """Return a connection to one of the servers, past HAProxy."""
        connection = psycopg2.connect(
            host=str(self.sockets), port=POSTGRES_PORTS[name], user=user,
            dbname=database, connect_timeout=5,
        )  # fmt: skip
        connection.autocommit = True
        return connection

    def sql(self, name, statement, *values):
        """Run a statement on one of the servers; return the rows, if any."""
        with contextlib.closing(self.connect(name)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def set_synchronous(self, is_synchronous):
        """Have every commit wait for the replica, or not."""
        names = "*" if is_synchronous else ""
        self.sql(self.primary, "ALTER SYSTEM SET synchronous_standby_names = %s", names)
        self.sql(self.primary, "SELECT pg_reload_conf()")

    def promote(self):
        """Make the replica the primary: the switch after the primary is gone.

        The old primary must not come back as one, which would lead writes to both.
        """
        self.find_primary()
        old, new = self.primary, self.replica
        self.stop_postgres(old, "immediate")
        self.stop_process(f"health_{old}")
        self.as_postgres("pg_ctl", "-D", self.folder / new, "-w", "promote")
        self.primary, self.replica = new, old
        self.set_synchronous(False)

    def rejoin(self):
        """Make the old primary anew as a replica of the new one."""
        self.find_primary()
        self.make_replica(self.replica, of=self.primary)
        self.start_health(self.replica)

    def find_primary(self):
        """Find out which server is written to; the first one if none answers."""
        for name in POSTGRES_PORTS:
            with contextlib.suppress(psycopg2.OperationalError):
                if not self.sql(name, "SELECT pg_is_in_recovery()")[0][0]:
                    self.primary = name
        [self.replica] = POSTGRES_PORTS.keys() - {self.primary}

    # --- the nodes ---

    def install(self, node, addon):
        """Put a version of the addon on a node, which has its own on its machine."""
        home = self.folder / node
        shutil.rmtree(home / "addons", ignore_errors=True)
        shutil.copytree(
            addon,
            home / "addons" / ADDON.name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        addons = [*os.environ["CLUSTER_ADDONS"].split(","), home / "addons"]
        (home / "odoo.conf").write_text(
            f"""[options]
addons_path = {",".join(str(path) for path in addons if path)}
data_dir = {self.folder / "data"}
db_host = {self.sockets}
db_port = {WRITES}
db_replica_host = {self.sockets}
db_replica_port = {READS}
db_user = odoo
db_name = {DATABASE}
list_db = False
proxy_mode = True
http_interface = 127.0.0.1
http_port = {self.ports[node]}
gevent_port = {self.ports[f"{node}_events"]}
workers = 2
max_cron_threads = 0
"""
        )

    def odoo(self, node, *arguments, **options):
        """Run Odoo's command line with a node's code; return what became of it."""
        command, *rest = arguments
        done = subprocess.run(
            [sys.executable, str(SETUP / "start_odoo.py"), command,
             "-c", str(self.folder / node / "odoo.conf"), *rest],
            env=self.odoo_environment(), capture_output=True, text=True, **options,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"Odoo failed on {node}:\n{done.stderr[-3000:]}")
        return done

    @staticmethod
    def odoo_environment():
        return {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PG") and name != "ODOO_RC"
        }

    def start_node(self, node):
        # A process for jobs loses its connection with the primary, and Odoo ends as a
        # whole when it has to start another one and finds no database. So jobs run in a
        # server of their own, and requests go on as soon as there is a primary. What
        # ends is started again, as systemd does.
        self.start_process(
            node,
            ["bash", "-c",
             'keep() { while :; do "$@"; sleep 2; done; }; '
             'keep "$@" --max-cron-threads=1 --no-http & keep "$@"', node,
             sys.executable, str(SETUP / "start_odoo.py"), "server",
             "-c", str(self.folder / node / "odoo.conf")],
            env=self.odoo_environment(),
        )  # fmt: skip

    def wait_for_node(self, node):
        self.wait_for(lambda: self.answers(node), node)
        self.wait_for(lambda: node in self.servers_up().get("nodes", ()), node)

    def answers(self, node):
        """Tell whether a node serves pages from the database."""
        address = f"http://127.0.0.1:{self.ports[node]}/web/login"
        try:
            with urllib.request.urlopen(address, timeout=30) as page:
                return page.status == 200 and b"login" in page.read()
        except OSError:
            return False

    def drain(self, node):
        """Lead no new request to a node, and wait for those that it has."""
        for backend in ("nodes", "events"):
            self.balancer(f"set server {backend}/{node} state drain")
        self.wait_for(lambda: not self.requests_of(node), f"the requests of {node}")

    def undrain(self, node):
        for backend in ("nodes", "events"):
            self.balancer(f"set server {backend}/{node} state ready")

    def upgrade(self, addon):
        """Bring a new version of the addon to all nodes, one after the other."""
        for place, node in enumerate(NODES):
            self.drain(node)
            self.stop_process(node)
            self.install(node, addon)
            if place == 0:
                self.odoo(
                    node, "server", "-u", ADDON.name, "--stop-after-init", "--no-http"
                )
            self.start_node(node)
            self.wait_for(lambda node=node: self.answers(node), node)
            self.undrain(node)
            self.wait_for_node(node)

    # --- HAProxy, and what tells it of the databases ---

    def start_health(self, name):
        arguments = (self.ports[f"health_{name}"], self.sockets, POSTGRES_PORTS[name])
        self.start_process(
            f"health_{name}",
            [sys.executable, str(SETUP / "database_health.py"), *map(str, arguments)],
        )

    def start_balancer(self):
        def servers(names, address, options="check"):
            lines = [f"server {each} {address(each)} {options}" for each in names]
            return "\n    ".join(lines)

        events = "check port {0}"
        config = (SETUP / "haproxy.cfg").read_text()
        (self.folder / "haproxy.cfg").write_text(
            config.format(
                sockets=self.sockets,
                port=self.ports["web"],
                busy=BUSY.replace('"', '\\"'),
                writes=WRITES,
                reads=READS,
                nodes=servers(NODES, lambda node: f"127.0.0.1:{self.ports[node]}"),
                events="\n    ".join(
                    f"server {node} 127.0.0.1:{self.ports[f'{node}_events']} "
                    + events.format(self.ports[node])
                    for node in NODES
                ),
                databases="\n    ".join(
                    f"server {name} {self.sockets}/.s.PGSQL.{port} check "
                    f"addr 127.0.0.1 port {self.ports[f'health_{name}']}"
                    for name, port in POSTGRES_PORTS.items()
                ),
            )
        )
        self.start_process(
            "balancer",
            [os.environ["HAPROXY"], "-f", str(self.folder / "haproxy.cfg"), "-db"],
        )
        self.wait_for(
            lambda: (self.sockets / "haproxy").exists(),
            f"HAProxy (see {self.folder / 'balancer.log'})",
            20,
        )

    def balancer(self, command):
        """Send HAProxy a command; return what it says."""
        with socket.socket(socket.AF_UNIX) as talk:
            talk.connect(str(self.sockets / "haproxy"))
            talk.sendall(f"{command}\n".encode())
            answer = b"".join(iter(lambda: talk.recv(65536), b""))
        return answer.decode()

    def statistics(self):
        """Return what HAProxy counts, a dict for each server."""
        header, *rows = self.balancer("show stat").strip().splitlines()
        names = header.lstrip("# ").split(",")
        return [dict(zip(names, row.split(","), strict=False)) for row in rows]

    def servers_up(self):
        """Return the servers that are used, by backend."""
        found = {}
        for row in self.statistics():
            if row["status"].startswith("UP"):
                found.setdefault(row["pxname"], set()).add(row["svname"])
        for names in found.values():
            names -= {"BACKEND", "FRONTEND"}
        return {backend: names for backend, names in found.items() if names}

    def requests_of(self, node):
        return sum(
            int(row["scur"])
            for row in self.statistics()
            if (row["pxname"], row["svname"]) == ("nodes", node)
        )

    # --- processes ---

    def start_process(self, name, command, **options):
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **options,
            )  # fmt: skip
        (self.folder / f"{name}.pid").write_text(str(process.pid))

    def processes(self, name):
        """Return what runs of a name: the first that was started, and its children."""
        try:
            first = psutil.Process(int((self.folder / f"{name}.pid").read_text()))
            return [first, *first.children(recursive=True)]
        except (OSError, psutil.NoSuchProcess):
            return []

    def stop_process(self, *names):
        """End processes in peace: a node answers the requests that it has."""
        left = []
        for name in names:
            found = self.processes(name)
            ended = found[:1]
            if name in NODES:
                # The first of Odoo's own, without what would start them again.
                loops = [each for each in found if each.name() == "bash"]
                ended = [
                    each
                    for loop in loops
                    for each in loop.children()
                    if each not in loops
                ]
                for loop in loops:
                    loop.kill()
            for process in ended:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()
            left += found
        with contextlib.suppress(TimeoutError):
            self.wait_for(lambda: not any(map(works, left)), "the end", 30)
        for process in filter(works, left):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for name in names:
            (self.folder / f"{name}.pid").unlink(missing_ok=True)

    def kill_process(self, name):
        """End a process and its children at once, as when the power goes."""
        [first, *_children] = self.processes(name)
        os.killpg(first.pid, signal.SIGKILL)
        (self.folder / f"{name}.pid").unlink()

    @staticmethod
    def wait_for(is_so, what, seconds=120):
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} is not there after {seconds} s")
            time.sleep(0.1)


def works(process):
    """Tell whether a process has not ended; who ended may wait to be noticed."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def owner(path):
    status = path.stat()
    return status.st_uid, status.st_gid


def copy(source, target):
    """Copy a folder with the owners of its files."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def serve(cluster):
    """Serve until somebody says to stop."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_arguments: sys.exit(143))
    say = "Starting two databases, two nodes and HAProxy …"
    print(say, file=sys.stderr)
    try:
        cluster.start(os.environ["SYNCHRONOUS"] == "yes")
        print(cluster.told(), flush=True)
        signal.pause()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        # Who is impatient must not leave half of it behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("Stopping everything …", file=sys.stderr)
        cluster.stop()


def main(command):
    """Do what setup/cluster was told to."""
    folder, base = os.environ["CLUSTER_FOLDER"], os.environ["CLUSTER_BASE"]
    if command == "serve":
        # What a cluster that was killed has left.
        Cluster(folder, base).stop()
        serve(Cluster(folder, base, int(os.environ["HTTP_PORT"])))
        return
    cluster = Cluster(folder, base)
    if not cluster.processes("balancer"):
        sys.exit("setup: no cluster serves here. Start one elsewhere: setup/cluster")
    if command == "upgrade":
        cluster.upgrade(ADDON)
    else:
        getattr(cluster, command)()
    print("Done.")


if __name__ == "__main__":
    main(*sys.argv[1:])
