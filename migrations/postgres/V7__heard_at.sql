-- When a position was heard, by the server's clock; `position_at` is when the driver was there, by the device's. What a version
-- before this one writes leaves it as it was: the later of both is meant. No index holds it, so that positions go on to update in
-- place.
ALTER TABLE drivers ADD COLUMN heard_at timestamptz;
