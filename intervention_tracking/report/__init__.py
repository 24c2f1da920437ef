from . import intervention_report
