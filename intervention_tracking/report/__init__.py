from . import (
    attendance_strip,
    intervention_paper,
    intervention_report,
    ir_actions_report,
    report_family_record,
    report_period_summary,
    report_student_history,
)
