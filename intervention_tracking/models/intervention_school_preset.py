from odoo import Command, api, fields, models


class InterventionSchoolPreset(models.Model):
    """What is known of a school system that others make for Odoo: its paths.

    Presets are data. One more is a record in a data file, of this addon or another
    one; see ``docs/school_systems.md``.
    """

    _name = "intervention.school.preset"
    _description = "Known School System"
    _inherit = ["intervention.refusals"]
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    module = fields.Char(required=True)
    student_model = fields.Char(required=True)
    paths = fields.Json(
        required=True,
    )

    @api.model
    def _installed(self):
        """Return the presets of the school systems that are in this Odoo."""
        return self.search([("student_model", "in", list(self.env.registry))])

    def _nameable(self):
        # What a product is called is no secret.
        return self

    def _title(self):
        """Return what the system is called, with the version that is installed."""
        self.ensure_one()
        # sudo: who links a system need not be allowed to see which apps there are.
        module = (
            self.env["ir.module.module"]
            .sudo()
            .search([("name", "=", self.module), ("state", "=", "installed")], limit=1)
        )
        major = (module.installed_version or "").split(".")[0]
        return f"{self.name} {major}".strip()

    def _values(self):
        """Return what a link to the system begins with.

        What is of an app of the system that is not installed is left out: guardians and
        marks are apart in some.

        :return: the values of an ``intervention.school.system``
        """
        self.ensure_one()
        values = dict(self.paths, student_model=self.student_model)
        for part in ("enrolment", "guardian", "mark"):
            if values.get(f"{part}_model", self.student_model) not in self.env:
                values = {
                    name: value
                    for name, value in values.items()
                    if not name.startswith(f"{part}_")
                }
        meanings = values.pop("meanings", ())
        if values.get("mark_model"):
            values["meaning_ids"] = [
                Command.create(
                    {
                        "sequence": number,
                        "slot": slot or False,
                        "path": path,
                        "value": value or False,
                        "meaning": meaning,
                    }
                )
                for number, (slot, path, value, meaning) in enumerate(meanings, 1)
            ]
        return values
