from . import (
    intervention_paper,
    ir_actions_report,
    report_family_record,
    report_period_summary,
    report_student_history,
)
