-- A school system as tests/addons/school_stand_in has it: 20,000 students in 600 batches,
-- half of them with a parent, and 100,000 marks of five days. One of these days is the
-- Sunday benchmark.sunday, with a mark of every fifth student.

CREATE TEMP TABLE person AS
SELECT n, nextval('res_partner_id_seq') AS partner_id, n % 600 AS class
  FROM generate_series(0, 19999) n;

INSERT INTO res_partner (id, name, complete_name, active, type)
SELECT partner_id, 'Student ' || n, 'Student ' || n, TRUE, 'contact' FROM person;

INSERT INTO op_student (partner_id, gr_no, gender, active)
SELECT partner_id, 'N' || n, 'f', TRUE FROM person ORDER BY n;

INSERT INTO op_course (name, code, active) VALUES ('{"en_US": "Course"}', 'C', TRUE);

INSERT INTO op_batch (name, code, course_id, start_date, end_date, active)
SELECT 'Class ' || n, 'B' || n, (SELECT max(id) FROM op_course), current_date - 100,
       current_date + 100, TRUE
  FROM generate_series(0, 599) n;

CREATE TEMP TABLE learner AS
SELECT student.id AS student_id, person.n, person.class, batch.id AS batch_id
  FROM person
  JOIN op_student student USING (partner_id)
  JOIN op_batch batch ON batch.code = 'B' || person.class;

INSERT INTO op_student_course (student_id, course_id, batch_id, state)
SELECT student_id, (SELECT max(id) FROM op_course), batch_id, 'running'
  FROM learner ORDER BY n;

-- A parent of a student in two.
INSERT INTO op_parent_relationship (name) VALUES ('Parent');

INSERT INTO res_partner (name, complete_name, active, type)
SELECT 'Parent ' || n, 'Parent ' || n, TRUE, 'contact'
  FROM generate_series(0, 9999) n;

INSERT INTO op_parent (name, relationship_id, active)
SELECT id, (SELECT max(id) FROM op_parent_relationship), TRUE
  FROM res_partner WHERE name LIKE 'Parent %';

INSERT INTO op_parent_op_student_rel (op_parent_id, op_student_id)
SELECT parent.id, learner.student_id
  FROM op_parent parent
  JOIN res_partner contact ON contact.id = parent.name
  JOIN learner ON contact.name = 'Parent ' || learner.n;

-- Sheets of four school days and of a Sunday.
INSERT INTO op_attendance_register (name, code, course_id, batch_id, active)
SELECT name, code, course_id, id, TRUE FROM op_batch;

INSERT INTO op_attendance_sheet
       (register_id, course_id, batch_id, attendance_date, active, state)
SELECT register.id, course_id, batch_id, day.date, TRUE, 'done'
  FROM op_attendance_register register
 CROSS JOIN unnest(current_setting('benchmark.days')::date[]) day(date);

INSERT INTO op_attendance_line
       (attendance_id, student_id, present, excused, absent, late, attendance_date,
        register_id, active)
SELECT sheet.id, learner.student_id, n % 11 > 0, FALSE, n % 11 = 0, FALSE,
       sheet.attendance_date, sheet.register_id, TRUE
  FROM op_attendance_sheet sheet
  JOIN learner USING (batch_id)
 WHERE sheet.attendance_date <> current_setting('benchmark.sunday')::date
    OR n % 5 = 0
 ORDER BY sheet.attendance_date, learner.n;

ANALYZE;
