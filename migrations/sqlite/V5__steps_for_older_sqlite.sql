-- `RAISE` takes an expression since SQLite 3.47. To an older one, and Debian 12 has 3.40, a trigger with one made the whole
-- schema malformed, so that nobody could look into the file with the machine's own `sqlite3`.
DROP TRIGGER orders_step;

CREATE TRIGGER orders_step BEFORE UPDATE OF status, version ON orders
WHEN NEW.version <> OLD.version + 1
    OR NOT CASE OLD.status
        WHEN 'PENDING'
            THEN NEW.status = 'DISPATCHED' OR NEW.status = 'MANUAL_DISPATCH' OR NEW.status = 'CANCELLED'
        WHEN 'MANUAL_DISPATCH' THEN NEW.status = 'DISPATCHED' OR NEW.status = 'CANCELLED'
        WHEN 'DISPATCHED' THEN NEW.status = 'DELIVERED' OR NEW.status = 'CANCELLED'
        ELSE FALSE
    END
BEGIN
    SELECT RAISE(ABORT, 'invalid state transition');
END;
