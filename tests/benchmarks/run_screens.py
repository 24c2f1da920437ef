"""Measures the screens on a large school; started by setup/benchmark screens.

The dashboard is compared with Odoo's own list of the same records: the same view
without the panel, opened in turns with it in one browser on one server. The other
screens are told by their requests and SQL statements. It prints tables, and writes the
same as JSON where --json says.
"""

import argparse
import contextlib
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import run
import screens

TARGET = 1.5
PLAIN = "plain-interventions"
MAKE_PLAIN = """
list_view = env.ref("intervention_tracking.intervention_meeting_view_list")
env["ir.actions.act_window"].create({
    "name": "Interventions",
    "path": "plain-interventions",
    "res_model": "intervention.meeting",
    "view_mode": "list,form",
    "view_id": list_view.id,
    "context": "{'search_default_active_cases': 1}",
})
env.cr.commit()
"""
# Opens an action from within the web client, as a menu does; returns the milliseconds
# until its rows, and the panel where there is one, are drawn.
OPEN = """async ({ action, panel }) => {
    const shown = () => {
        const view = document.querySelector(".o_list_view:not([data-old])");
        const rows = view?.querySelector(".o_data_row");
        const number = view?.querySelector(".o_intervention_number");
        return rows && (!panel || /[0-9]/.test(number?.textContent));
    };
    document.querySelector(".o_list_view")?.setAttribute("data-old", "");
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    const since = performance.now();
    services.action.doAction(action, { clearBreadcrumbs: true });
    while (!shown()) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return performance.now() - since;
}"""


def measure_opening(screen, rounds):
    """Return the times of the dashboard and of the plain list, opened in turns."""
    sides = {
        "dashboard": {
            "action": "intervention_tracking.intervention_meeting_action",
            "panel": True,
        },
        "plain": {"action": PLAIN, "panel": False},
    }
    times = {name: [] for name in sides}
    for turn in range(rounds + 2):
        for name, side in sides.items():
            taken = screen.page.evaluate(OPEN, side)
            screen.settle()
            if turn >= 2:  # the first ones load the views
                times[name].append(taken)
    return times


def measure(school, login, browser, options):
    screen = screens.Screen(browser, school.server, login, password="benchmark")
    screen.open("list")
    times = measure_opening(screen, options.rounds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    result = {
        "who": login,
        "dashboard_ms": round(medians["dashboard"]),
        "plain_ms": round(medians["plain"]),
        "ratio": round(medians["dashboard"] / medians["plain"], 2),
        "costs": screens.costs(screen),
    }
    screen.close()
    return result


def show(results):
    print("\n| dashboard against a plain list | ms | plain, ms | target | result | |")
    print("|---|---|---|---|---|---|")
    for row in results:
        met = "met" if row["ratio"] < TARGET else "MISSED"
        print(
            f"| {row['who']} | {row['dashboard_ms']} | {row['plain_ms']} "
            f"| < {TARGET} | {row['ratio']} | {met} |"
        )
    print("\n| screen | who | requests | SQL statements |")
    print("|---|---|---|---|")
    for row in results:
        for name, (requests, statements) in row["costs"].items():
            print(f"| {name} | {row['who']} | {requests} | {statements} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meetings", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="where to write the results as JSON")
    parser.add_argument("--log", default=".local/log", help="where the server logs")
    options = parser.parse_args()
    run.config.parse_config(["--logfile", f"{options.log}/benchmark.log"])
    with contextlib.ExitStack() as stack:
        # With workers the browser's websocket needs a proxy, and complains without.
        school = run.School(options.meetings, options.log, workers=0)
        stack.callback(school.close)
        print(f"{school.meetings:,} meetings were made in {school.filled_in:.0f} s")
        run.run_odoo("shell", "-d", school.name, "--no-http", stdin=MAKE_PLAIN)
        browser = stack.enter_context(screens.chromium())
        results = [
            measure(school, login, browser, options)
            for login in ("form_master_7", "admin")
        ]
    show(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
