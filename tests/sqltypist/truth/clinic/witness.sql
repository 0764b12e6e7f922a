-- Rows that make every column NULL that can be NULL. What old rows may break, and triggers would
-- change, is written while the rule does not stand.

ALTER TABLE physicians DROP CONSTRAINT physicians_have_specialty;

INSERT INTO wards (id, code, name, floor, capacity, phone, opens, closes, tags) VALUES
    (1, 'W1', 'ab ward', 1, 2, '555', '08:00', '20:00', '{x,y,NULL}'),
    (2, 'W2', 'b ward', NULL, 5, NULL, NULL, NULL, '{}'),
    (3, 'W3', 'a ward', 0, 0, NULL, NULL, NULL, '{NULL,x}'),
    (4, 'W4', 'quiet', 2, 4, '555', NULL, NULL, '{x}'),
    (5, 'W5', 'ba ward', 3, 0, NULL, NULL, NULL, '{NULL,z,x,w}'),
    (6, 'W6', 'bed store', NULL, 3, NULL, NULL, NULL, '{q}'),
    (7, 'W7', 'gate', 0, 1, '555', NULL, NULL, '{}');

INSERT INTO patients
    (id, mrn, family_name, given_name, born, died, sex, phone, email, home, allergies, profile,
        referred_by)
VALUES
    (1, '2001', 'Vale', 'Ann', '1980-05-01', NULL, 'female', '555', NULL, '(Road,Town,1)',
        '{dust,NULL}',
     '{"a": 1, "age": 40, "mood": "good"}', NULL),
    (2, '2002', 'van Dyk', NULL, '1950-01-01', '2026-01-10', NULL, NULL, 'dyk@clinic.example',
        '(,,)', NULL,
     '{"a": null, "size": 4, "n": null, "none": [null], "city": "Town", "mood": null, "label": "x",
       "list": [{"name": null, "size": 7, "kind": null, "sizes": [{"size": null}, {"size": 2}],
           "others": [null]},
                {"sizes": []}, null, {"name": "n", "size": 2, "kind": "k"}]}', 1),
    (3, '2003', '', 'Bo', 'infinity', NULL, 'male', '444', 'bo@clinic.example', NULL, '{}', '{}',
        1),
    (4, '2004', 'acab', NULL, '1970-03-03', NULL, 'other', '333', NULL, '(Way,,)', '{pollen}',
     '{"a": "x", "list": [{"size": 3}]}', 3),
    (-1, '2005', 'Odd', NULL, '1960-01-01', NULL, NULL, '222', NULL, NULL, NULL, '{"b": null}',
        NULL),
    (6, '2006', 'Lone', '{}', '1999-09-09', NULL, NULL, NULL, 'lone@clinic.example', NULL, NULL,
        '{}', 2),
    (7, '2007', 'Never', 'Here', '1999-09-09', NULL, NULL, '111', NULL, NULL, NULL, '{}', NULL);

INSERT INTO physicians
    (id, name, specialty, ward_id, supervisor_id, hourly_rate, on_call, hired, left_on, settings)
VALUES
    (1, 'One', 'surgery', 1, NULL, 50, '{(,2026-01-01)}', '2020-01-01', NULL, NULL),
    (2, 'Two', 'surgery', 0 + 1, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (3, 'Three', 'x', NULL, 2, 20, '{}', '2020-01-01', NULL, NULL),
    (4, 'Four', NULL, NULL, NULL, NULL, '{}', '2020-01-01', '2030-01-01', NULL),
    (5, 'Five', 'low', 1, 1, 5, '{}', '2020-01-01', '2030-01-01', '{}'),
    (6, 'Six', NULL, 1, NULL, 5, '{}', '2020-01-01', NULL, NULL),
    (8, 'Eight', 'low', 1, 1, 5, '{}', '2020-01-01', NULL, NULL),
    (11, 'Eleven', 'low', 1, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (13, 'Thirteen', 'x', NULL, 1, NULL, '{}', '2020-01-01', NULL, NULL),
    (15, 'Fifteen', 'x', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (16, 'Sixteen', 'x', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (21, 'Lone', NULL, 2, NULL, 70, '{}', '2020-01-01', NULL, NULL),
    (23, 'Left', NULL, 2, NULL, NULL, '{}', '2020-01-01', '2026-01-01', NULL),
    (24, 'Early', 'x', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (31, 'Dr A', 'surgery', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (32, 'Dr B', 'eyes', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (33, 'Dr C', 'eyes', NULL, NULL, NULL, '{(,)}', '2020-01-01', NULL, NULL),
    (34, 'Dr D', 'eyes', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (41, 'In', 'eyes', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (43, 'Exists', 'eyes', 1, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (47, 'Any', 'eyes', 1, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (46, 'Is any', 'eyes', 1, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (48, 'Summed', 'eyes', 1, NULL, NULL, '{}', '2020-01-01', NULL, NULL),
    (51, 'Member', 'surgery', NULL, NULL, NULL, '{}', '2020-01-01', NULL, NULL);

INSERT INTO beds (ward_id, number, kind) VALUES
    (1, 1, 'soft'), (1, 2, NULL), (2, 1, NULL), (2, 4, NULL), (4, 1, 'hard');

INSERT INTO stays
    (id, patient_id, ward_id, physician_id, during, severity, state, discharged_at, diagnosis, note)
VALUES
    (1, 1, 1, 1, '[2025-01-01,2025-02-01)', 'high', 'discharged', '2025-02-01', 'flu', NULL),
    (2, 2, 1, NULL, '[2025-03-01,)', 'high', 'open', NULL, NULL, NULL),
    (3, 2, 2, 11, '[2025-03-01,2026-01-01)', 'low', 'planned', NULL, NULL, 'x'),
    (4, 3, 2, 21, '[2025-03-01,)', 'low', 'discharged', '2025-04-01', NULL, NULL),
    (5, 1, 4, 31, '[2025-03-01,2025-04-01)', 'moderate', 'discharged', '2025-04-01', 'x', 'y'),
    (6, 4, 4, 41, '[2025-03-01,)', 'moderate', 'planned', NULL, 'x', 'y'),
    (7, 4, 1, 46, '[2025-03-01,)', 'moderate', 'open', NULL, 'x', 'y'),
    (8, -1, 3, 47, '[2025-03-01,)', 'low', 'planned', NULL, 'x', NULL),
    (9, -1, 1, 48, '[2025-03-01,)', 'low', 'open', NULL, 'x', NULL),
    (10, 3, 5, 51, '[2025-03-01,2025-04-01)', 'low', 'planned', '2025-05-01', 'x', NULL),
    (11, 1, 1, 11, '[2025-03-01,)', 'low', 'planned', NULL, 'x', NULL),
    (12, 4, 1, 5, '[2025-03-01,)', 'low', 'planned', NULL, 'x', NULL),
    (13, 1, 2, 21, '[2025-05-01,)', 'low', 'planned', NULL, NULL, 'x'),
    (14, 6, 3, 6, '[2025-05-01,)', 'critical', 'open', NULL, NULL, NULL),
    (15, 6, 4, NULL, '[2025-05-01,)', 'low', 'discharged', '2025-06-01', 'x', 'y'),
    (16, 6, 4, NULL, '[2025-05-01,)', 'low', 'discharged', '2025-06-01', 'x', 'y'),
    (17, 6, 6, NULL, '[2025-05-01,)', 'low', 'planned', NULL, NULL, NULL);

INSERT INTO measurements (id, stay_id, kind, taken_at, value, raw, unit, count) VALUES
    (1, 1, 'pulse', '2025-01-02 08:00Z', NULL, '1', NULL, 1),
    (2, 1, 'pulse', '2025-01-02 09:30Z', 120, NULL, NULL, 2),
    (3, 1, 'pulse', '2025-01-02 12:00Z', 80, NULL, 'bpm', 3),
    (8, 1, 'pulse', '2025-01-02 11:00Z', NULL, '1', NULL, 3),
    (4, 2, 'glucose', '2025-03-02 08:00Z', NULL, '{}', NULL, 4),
    (5, NULL, 'pulse', 'infinity', 0, 'null', 'bpm', 5),
    (6, 3, 'systolic', '2025-03-02 08:00Z', 1, NULL, NULL, 6),
    (7, 3, 'systolic', '2025-03-03 08:00Z', 1, NULL, NULL, 7);

INSERT INTO visits (id, ward_id, day, visitors, comment) VALUES
    (1, 1, NULL, 2, NULL), (2, NULL, '2026-02-02', 2, NULL), (3, 4, '2026-02-03', NULL, NULL),
    (4, 1, '2025-01-01', 1, 'x');

INSERT INTO medicines (code, name, strength, price, leaflet, storage, contraindicated) VALUES
    ('M1', 'pill', '(5,mg)', 3, 'pill, twice', '[2,8)', '{dust}'),
    ('M2', 'pill drops', '(,)', NULL, NULL, '(,)', '{}'),
    ('M3', '', NULL, 2, NULL, 'empty', '{NULL}'),
    ('M4', 'tea', '(2,)', 1, NULL, '(,5)', '{x}');

INSERT INTO stock (medicine_code, ward_id, quantity, low_at, checked_at, keeper) VALUES
    ('M1', 1, 200, NULL, NULL, NULL), ('M1', 2, 1, 3, NULL, NULL), ('M2', 1, 0, NULL, NULL, NULL),
    ('M2', 4, 3, 9, NULL, 'kept'), ('M3', 1, 5, 4, NULL, NULL), ('M3', 2, 5, NULL, NULL, 'kept'),
    ('M1', 4, 5, NULL, NULL, NULL), ('M2', 2, 5, NULL, NULL, NULL);

INSERT INTO devices (id, serial, ward_id, model) VALUES (1, 'S1', 1, 'm');
INSERT INTO leased_devices (id, serial, ward_id, model, lessor) VALUES
    (2, NULL, 99, 'm', 'lessor'), (3, 'S3', 2, 'm', 'lessor');

ALTER TABLE prescriptions DISABLE TRIGGER prescriptions_clean_remark;
INSERT INTO prescriptions
    (id, stay_id, medicine_code, physician_id, nurse, amount, unit, starts, ends, times, refills,
        remark)
VALUES
    (1, 1, 'M1', 41, NULL, 5, 'mg', '2025-01-01', '2025-02-01', '{08:00,NULL}', 1, '  '),
    (2, 8, 'M3', NULL, 'nurse', NULL, NULL, '2025-01-01', NULL, '{}', 6, 'x'),
    (3, 10, 'M2', NULL, 'nurse', 1, 'mg', '2025-01-01', NULL, '{}', 0, NULL),
    (4, 14, 'M3', NULL, 'nurse', 1, 'ml', '2025-01-01', NULL, '{}', 0, NULL);
ALTER TABLE prescriptions ENABLE TRIGGER prescriptions_clean_remark;

INSERT INTO insurers (id, name) VALUES (1, 'Insured');
INSERT INTO policies (patient_id, insurer_id, number, covers, ceiling) VALUES
    (1, 1, NULL, '[2020-01-01,2021-01-01)', NULL), (2, 1, 'P2', '[2020-01-01,)', NULL);

INSERT INTO invoices (id, stay_id, patient_id, insurer_id, issued_on, paid_on, total,
    discount) VALUES
    (1, 1, 1, 1, '2025-02-02', '2025-02-03', 100, NULL),
    (2, 2, 2, NULL, NULL, NULL, 100, 10),
    (3, 4, 3, NULL, '2025-02-02', '2025-02-03', 100, NULL),
    (4, 10, 3, NULL, NULL, NULL, 0, NULL);
INSERT INTO invoice_lines (invoice_id, line, prescription_id, label) VALUES
    (1, 1, 1, NULL), (1, 2, NULL, 'drug'), (2, 1, NULL, 'drug');

-- The dead ward of old stock, and a move of a stay that is yet to be written.
SET LOCAL session_replication_role = replica;
INSERT INTO stock (medicine_code, ward_id, quantity) VALUES ('M1', 99, 1);
SET LOCAL session_replication_role = DEFAULT;

ALTER TABLE physicians
    ADD CONSTRAINT physicians_have_specialty CHECK (specialty IS NOT NULL) NOT VALID;

INSERT INTO bed_moves (id, stay_id, ward_id, bed_number, from_ward_id, from_bed_number) VALUES
    (1, 999, 98, NULL, NULL, NULL), (2, 1, 1, 2, 2, 1), (3, 3, 1, 1, 1, 2);

REFRESH MATERIALIZED VIEW prescribed;
