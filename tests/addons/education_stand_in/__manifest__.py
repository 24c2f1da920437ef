{
    "name": "Education Stand-in",
    "version": "19.0.1.0.0",
    "summary": "Models and fields as Educational ERP has them, for the tests",
    "author": "intervention_tracking contributors",
    "category": "Hidden",
    "license": "LGPL-3",
    "depends": ["hr"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
