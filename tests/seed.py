"""Run in Odoo's shell: makes the people of the tests from outside."""

import json
from datetime import datetime, timedelta

groups = "intervention_tracking.group_intervention_"
people = {
    "form_master": groups + "form_master",
    "colleague": groups + "form_master",
    "administrator": groups + "admin",
    "staff": "base.group_user",
    "portal": "base.group_portal",
}
seed = {"users": {}, "keys": {}}
for login, group in people.items():
    user = env["res.users"].create(
        {
            "name": login.replace("_", " ").title(),
            "login": login,
            "password": f"{login}-password",
            "email": f"{login}@example.org",
            "tz": "UTC",
            "group_ids": [(6, 0, env.ref(group).ids)],
        }
    )
    seed["users"][login] = user.id
    seed["keys"][login] = (
        env["res.users.apikeys"]
        .with_user(user)
        ._generate("rpc", "tests", datetime.now() + timedelta(days=1))
    )
# The tests choose days on which nothing else has happened.
env["intervention.settings"].create({"years_back": 50})
env.cr.commit()
print(json.dumps(seed))
