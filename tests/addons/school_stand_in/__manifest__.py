{
    "name": "School Stand-in",
    "version": "19.0.1.0.0",
    "summary": "Models and fields as OpenEduCat has them, for the tests",
    "author": "intervention_tracking contributors",
    "category": "Hidden",
    "license": "LGPL-3",
    "depends": ["mail"],
    "data": ["security/school_security.xml", "security/ir.model.access.csv"],
    "installable": True,
}
