//! Where drivers are, and where orders are fetched: by number, the same in each run.

/// Where orders without a pickup are fetched, degrees.
const CENTRE: (f64, f64) = (-23.5505, -46.6333);

/// Degrees within which everybody is: about 4 km.
const RADIUS: f64 = 0.035;

/// Restaurants and shops of a city.
const SHOPS: f64 = 200.0;

/// The golden angle spreads points evenly over a disc.
const GOLDEN_ANGLE: f64 = 2.399_963;

/// How pickups lie among the drivers, who are spread evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pickups {
    /// Each order beside a driver of its own: the best case of a search.
    Spread,
    /// All of them at one place: the worst, because whoever is near has an order already.
    Hotspot,
    /// At 200 shops, the n-th of which has an n-th of the first one's orders.
    City,
}

impl Pickups {
    /// Where order `n` is fetched, degrees.
    pub fn of(self, n: u64) -> (f64, f64) {
        match self {
            Self::Spread => driver(n as usize),
            Self::Hotspot => CENTRE,
            Self::City => {
                // Multiples of the golden ratio, modulo 1: even in any stretch of numbers. A share of the logarithm is Zipf's law.
                let share = (n as f64 * 0.618_033_988_749_895).fract();
                driver(SHOPS.powf(share) as usize * 7)
            }
        }
    }
}

/// Where driver `n` is, degrees: within about 4 km of the centre.
pub fn driver(n: usize) -> (f64, f64) {
    let (angle, share) = (n as f64 * GOLDEN_ANGLE, (n % 1_000) as f64 / 1_000.0);
    let radius = RADIUS * share.sqrt();
    (CENTRE.0 + radius * angle.sin(), CENTRE.1 + radius * angle.cos())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_city_has_shops_of_which_few_have_most_orders() {
        let mut orders: HashMap<String, u32> = HashMap::new();
        (0..10_000).for_each(|n| *orders.entry(format!("{:?}", Pickups::City.of(n))).or_default() += 1);
        let most = orders.values().max().copied().unwrap();
        assert!((150..=200).contains(&orders.len()), "{} shops", orders.len());
        assert!((1_000..2_000).contains(&most), "{most} orders at the first");
    }

    #[test]
    fn a_hotspot_is_one_place_and_spread_is_many() {
        assert_eq!(Pickups::Hotspot.of(1), Pickups::Hotspot.of(2));
        assert_eq!(Pickups::Spread.of(3), driver(3));
    }
}
