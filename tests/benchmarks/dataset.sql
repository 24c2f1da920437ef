-- A large school: 100 form masters, 20,000 students, and the meetings and updates asked
-- for by the settings benchmark.meetings. Every rule of the addon holds for the rows: a
-- student's first four meetings are active, each with a root cause of its own.

CREATE TEMP TABLE sizes AS
SELECT current_setting('benchmark.meetings')::int AS meetings,
       100 AS form_masters, 20000 AS students;

INSERT INTO res_partner (name, complete_name, active, type, email, tz)
SELECT 'Form Master ' || n, 'Form Master ' || n, TRUE, 'contact',
       'form_master_' || n || '@example.org', 'UTC'
  FROM sizes, generate_series(1, form_masters) n;

INSERT INTO res_users (login, active, share, company_id, partner_id, notification_type)
SELECT split_part(email, '@', 1), TRUE, FALSE, 1, id, 'email'
  FROM res_partner WHERE name LIKE 'Form Master %';

INSERT INTO res_company_users_rel (cid, user_id)
SELECT 1, id FROM res_users WHERE login LIKE 'form_master_%';

INSERT INTO res_groups_users_rel (gid, uid)
SELECT d.res_id, u.id
  FROM ir_model_data d, res_users u
 WHERE d.module = 'intervention_tracking' AND d.name = 'group_intervention_form_master'
   AND u.login LIKE 'form_master_%';

INSERT INTO intervention_class (name, form_master_id, company_id, active)
SELECT 'Class ' || split_part(login, '_', 3), id, 1, TRUE
  FROM res_users WHERE login LIKE 'form_master_%';

INSERT INTO res_partner (
    name, complete_name, active, type, is_intervention_student, student_number, school_class_id)
SELECT 'Student ' || n, 'Student ' || n, TRUE, 'contact', TRUE, 'N' || n, c.id
  FROM sizes
  JOIN generate_series(0, students - 1) n ON TRUE
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
          FROM intervention_class) c ON c.place = n % form_masters;

CREATE TEMP TABLE school AS
SELECT s.id AS student_id, c.id AS class_id, c.form_master_id,
       row_number() OVER (ORDER BY s.id) - 1 AS place
  FROM res_partner s JOIN intervention_class c ON c.id = s.school_class_id
 WHERE s.is_intervention_student;

INSERT INTO intervention_meeting (
    student_id, class_id, form_master_id, company_id, meeting_date, absence_reason,
    root_cause, intervention_notes, action_plan, follow_up_date, urgency_level, status,
    resolution_notes, closed_date, active, attendance_band, create_uid, write_uid,
    create_date, write_date)
SELECT student_id, class_id, form_master_id, 1, day,
       'He says that the bus did not come, and that walking takes two hours.',
       (ARRAY['health', 'family', 'academic', 'financial', 'behavioral', 'other'])
           [(turn % 6) + 1],
       'We looked at the timetable together. He would like to come every day.',
       'His aunt takes him on three days; the school asks for a bus on the others.',
       day + 14,
       (ARRAY['low', 'medium', 'high'])[(n % 3) + 1],
       CASE WHEN turn < 4 THEN
           (ARRAY['open', 'monitoring', 'improving', 'not_improving', 'escalated'])
               [(n % 5) + 1]
       ELSE 'closed' END,
       CASE WHEN turn >= 4 THEN 'The bus comes again.' END,
       CASE WHEN turn >= 4 THEN day + 20 END,
       TRUE, 'unknown', form_master_id, form_master_id, day + TIME '10:00',
       day + TIME '10:00'
  FROM (SELECT n, n / students AS turn,
               -- Those of few meetings are of all classes, too.
               (n::bigint * 7919) % students AS place,
               -- Spread over two years; a student's meetings are weeks apart.
               current_date - ((n::bigint * 7919) % 730)::int AS day
          FROM sizes, generate_series(0, meetings - 1) n) m
  JOIN school USING (place);

INSERT INTO intervention_progress (
    meeting_id, update_text, happened_on, old_status, new_status, create_uid,
    create_date)
SELECT id, 'Update ' || n || ': he came on four days of this week.',
       meeting_date + n * 2, status, status, form_master_id,
       create_date + n * INTERVAL '2 days'
  FROM intervention_meeting, generate_series(1, 3) n;

ANALYZE;
