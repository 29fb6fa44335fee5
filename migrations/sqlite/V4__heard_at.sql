-- When a position was heard, by the server's clock; `position_at` is when the driver was there, by the device's. What a version
-- before this one writes leaves it as it was: the later of both is meant.
ALTER TABLE drivers ADD COLUMN heard_at INTEGER;
