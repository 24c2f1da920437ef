-- The school days of a year of every student of dataset.sql: 190 a student, up to the
-- day before benchmark.free_days, which are left for what is measured.

INSERT INTO intervention_attendance_source (name, kind, holds, company_id, active)
VALUES ('Benchmark', 'file', 'all', 1, TRUE);

CREATE TEMP TABLE school_day AS
SELECT day::date AS date, row_number() OVER (ORDER BY day) AS number
  FROM (SELECT day FROM generate_series(
                   current_setting('benchmark.until')::date - interval '400 days',
                   current_setting('benchmark.until')::date, interval '1 day') day
         WHERE extract(isodow FROM day) < 6
         ORDER BY day DESC LIMIT 190) d;

-- Every student misses 1 to 30 days of a hundred, in spells.
INSERT INTO intervention_attendance
       (student_id, date, company_id, class_id, possible, absent, excused, is_late,
        minutes_lost, codes, source_id, updated_at)
SELECT student.id, date, 1, school_class_id, 1, missed, excused, FALSE, 0,
       CASE WHEN missed = 0 THEN 'P' WHEN excused = 1 THEN 'E' ELSE 'A' END,
       (SELECT max(id) FROM intervention_attendance_source), date
  FROM school_day
 CROSS JOIN (SELECT id, school_class_id, row_number() OVER (ORDER BY id) AS place
               FROM res_partner WHERE is_intervention_student) student
 CROSS JOIN LATERAL (
           SELECT ((number / 3 + place * 7) % 100 < 1 + place % 30)::integer AS missed
       ) a
 CROSS JOIN LATERAL (SELECT missed * (number % 2) AS excused) e
 ORDER BY date, student.id;

-- Of every other old case it is known how it ended.
UPDATE intervention_meeting
   SET status = 'closed', resolution_notes = 'The bus comes again.',
       closed_date = meeting_date + 20
 WHERE id % 2 = 0 AND meeting_date < current_date - 30;

ANALYZE intervention_attendance;
ANALYZE intervention_meeting;
