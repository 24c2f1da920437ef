-- A district as it is after five school years, with as many meetings as the setting
-- benchmark.meetings says, about: 1,000 form masters, one student for ten meetings. Few
-- students have many and most have few, nobody is met in the summer, 5 of 100 cases are
-- active, all of them of the last half year, and every third case was changed once.
-- Every rule of the addon holds for the rows. They come in the order of time, as they
-- do where people work.

SELECT setseed(0.5);

CREATE TEMP TABLE sizes AS
SELECT current_setting('benchmark.meetings')::int / 10 AS students, 1000 AS form_masters;

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
    name, complete_name, active, type, is_intervention_student, student_number,
    school_class_id, partner_share)
SELECT 'Student ' || n, 'Student ' || n, TRUE, 'contact', TRUE, 'N' || n, c.id, TRUE
  FROM sizes
  JOIN generate_series(0, students - 1) n ON TRUE
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
          FROM intervention_class) c ON c.place = n % form_masters;

-- The days of five school years, which have no summer.
CREATE TEMP TABLE days AS
SELECT row_number() OVER (ORDER BY day DESC) - 1 AS place, day::date
  FROM generate_series(current_date - 1825, current_date, INTERVAL '1 day') day
 WHERE extract(month FROM day) NOT IN (7, 8);

-- How many meetings a student has falls off as in a school.
CREATE TEMP TABLE met AS
SELECT student_id, class_id, form_master_id, day,
       row_number() OVER (PARTITION BY student_id ORDER BY day DESC) AS turn,
       random() AS luck, random() AS other_luck
  FROM (SELECT s.id AS student_id, c.id AS class_id, c.form_master_id,
               floor(random() * (SELECT count(*) FROM days)) AS place
          FROM res_partner s JOIN intervention_class c ON c.id = s.school_class_id
         CROSS JOIN LATERAL generate_series(
                   1, 1 + floor(-ln(1 - random()) * 9.5 + s.id * 0)::int)
         WHERE s.is_intervention_student) m
  JOIN days USING (place);

INSERT INTO intervention_meeting (
    student_id, class_id, form_master_id, company_id, meeting_date, absence_reason,
    root_cause, intervention_notes, action_plan, follow_up_date, urgency_level, status,
    resolution_notes, closed_date, active, attendance_band, create_uid, write_uid,
    create_date, write_date)
SELECT student_id, class_id, form_master_id, 1, day,
       'He says that the bus did not come, and that walking takes two hours.',
       -- Of the newest six, each has another cause.
       (ARRAY['health', 'family', 'academic', 'financial', 'behavioral', 'other'])
           [((student_id + turn) % 6) + 1],
       'We looked at the timetable together. He would like to come every day.',
       'His aunt takes him on three days; the school asks for a bus on the others.',
       CASE WHEN is_active OR luck < 0.9 THEN day + 7 + (luck * 40)::int END,
       CASE WHEN other_luck < 0.3 THEN 'low' WHEN other_luck < 0.8 THEN 'medium'
            ELSE 'high' END,
       CASE WHEN is_active THEN
           (ARRAY['open', 'monitoring', 'improving', 'not_improving', 'escalated'])
               [1 + floor(other_luck * 5)::int]
       ELSE 'closed' END,
       CASE WHEN NOT is_active THEN 'The bus comes again.' END,
       CASE WHEN NOT is_active THEN LEAST(day + 40, current_date) END,
       TRUE, 'unknown', form_master_id, form_master_id, day + TIME '10:00',
       LEAST(day + 40, current_date) + TIME '10:00'
  FROM (SELECT *, day > current_date - 180 AND turn <= 6 AND luck < 0.65 AS is_active
          FROM met) m
 ORDER BY day;

-- None to four updates; the last one of a closed case closed it.
INSERT INTO intervention_progress (
    meeting_id, update_text, happened_on, old_status, new_status, create_uid,
    create_date)
SELECT id, 'Update ' || n || ': he came on four days of this week.',
       LEAST(meeting_date + n * 10, current_date),
       CASE WHEN n = updates AND status = 'closed' THEN 'improving' ELSE 'open' END,
       CASE WHEN n = updates THEN status ELSE 'open' END, form_master_id,
       LEAST(create_date + n * INTERVAL '10 days', current_date + TIME '00:00')
  FROM (SELECT *, CASE WHEN status = 'closed' THEN 1 ELSE 0 END + id % 4 AS updates
          FROM intervention_meeting) m
 CROSS JOIN LATERAL generate_series(1, updates) n
 ORDER BY meeting_date + n * 10;

INSERT INTO intervention_change (
    meeting_id, field_name, old_value, new_value, create_uid, create_date)
SELECT id, 'follow_up_date', (follow_up_date - 14)::text, follow_up_date::text,
       form_master_id, create_date + INTERVAL '10 days'
  FROM intervention_meeting WHERE follow_up_date IS NOT NULL AND id % 3 = 0
 ORDER BY create_date;

INSERT INTO intervention_feed (meeting_id, owner, school_class, kind, date)
SELECT id, form_master_id, class_id, 'made', create_date FROM intervention_meeting;

-- What a trigger keeps, which is switched off meanwhile.
INSERT INTO intervention_case_count (
    student, company, meetings, active_meetings, better_meetings, last_date)
SELECT student_id, company_id, COUNT(*), COUNT(*) FILTER (WHERE status != 'closed'),
       COUNT(*) FILTER (WHERE status IN ('improving', 'closed')), MAX(meeting_date)
  FROM intervention_meeting GROUP BY student_id, company_id;
