"""Odoo's command line, as a file.

A server with workers starts the process for its websockets by the name of the file that
it was started from, which `python -m odoo` does not give.
"""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
