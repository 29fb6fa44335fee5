//! A driver's way through the city.

/// Kilometres per degree of latitude, and of longitude at São Paulo.
const KM_PER_DEGREE: (f64, f64) = (111.2, 101.9);

/// Where the city is, and how far it goes, in kilometres.
const CENTRE: (f64, f64) = (-23.5505, -46.6333);
const REACH_KM: f64 = 6.0;

/// Kilometres a second: 30 km/h.
const SPEED_KM: f64 = 30.0 / 3_600.0;

/// Someone driving from one place to the next.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    /// Kilometres north and east of the centre.
    at: (f64, f64),
    to: (f64, f64),
}

fn somewhere() -> (f64, f64) {
    let (angle, reach) = (fastrand::f64() * std::f64::consts::TAU, REACH_KM * fastrand::f64().sqrt());
    (reach * angle.sin(), reach * angle.cos())
}

/// Degrees of a random place in the city.
pub fn place() -> (f64, f64) {
    degrees(somewhere())
}

fn degrees((north, east): (f64, f64)) -> (f64, f64) {
    (CENTRE.0 + north / KM_PER_DEGREE.0, CENTRE.1 + east / KM_PER_DEGREE.1)
}

impl Driver {
    /// Somewhere, on the way to somewhere else.
    pub fn new() -> Self {
        Self { at: somewhere(), to: somewhere() }
    }

    /// Drives for so many seconds; latitude and longitude where that leads to, and the heading.
    pub fn drive(&mut self, seconds: f64) -> (f64, f64, f64) {
        let (north, east) = (self.to.0 - self.at.0, self.to.1 - self.at.1);
        let (left, step) = (north.hypot(east), SPEED_KM * seconds);
        if left <= step {
            (self.at, self.to) = (self.to, somewhere());
        } else {
            self.at = (self.at.0 + north / left * step, self.at.1 + east / left * step);
        }
        let (lat, lng) = degrees(self.at);
        (lat, lng, east.atan2(north).to_degrees().rem_euclid(360.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_stays_in_the_city_and_keeps_the_speed() {
        let mut driver = Driver::new();
        let mut before = driver.at;
        for _ in 0..10_000 {
            let (lat, lng, heading) = driver.drive(2.0);
            let moved = (driver.at.0 - before.0).hypot(driver.at.1 - before.1);
            assert!(moved <= SPEED_KM * 2.0 + 1e-9, "{moved}");
            assert!(driver.at.0.hypot(driver.at.1) <= REACH_KM + 1e-9);
            assert!((-24.0..-23.0).contains(&lat) && (-47.0..-46.0).contains(&lng));
            assert!((0.0..360.0).contains(&heading));
            before = driver.at;
        }
    }
}
