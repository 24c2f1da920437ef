{
    "name": "Interventions: Development on Debian's Odoo",
    "version": "19.0.1.0.0",
    "summary": "Leaves out a JavaScript file that Debian's Odoo does not ship",
    "author": "intervention_tracking contributors",
    "category": "Hidden",
    "license": "LGPL-3",
    "depends": ["mail"],
    "assets": {
        "web.assets_backend": [
            ("remove", "mail/static/lib/selfie_segmentation/selfie_segmentation.js"),
        ],
    },
}
