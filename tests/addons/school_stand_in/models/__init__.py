from . import op_attendance, op_course, op_parent, op_student, res_partner
