INSERT INTO clock_history (slot, earliest)
VALUES ((SELECT ran / 300000000 FROM clock WHERE id = 1), ?1)
ON CONFLICT (slot) DO UPDATE SET earliest = min(earliest, excluded.earliest)
