//! One line of an order, and what it costs.

use serde::{Deserialize, Serialize};

use super::{Currency, Disagreement, Money, MoneyError, Quantity, money::step};

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The product, in the shop's words.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// How many, or how much.
    pub quantity: Quantity,
    /// Price of one; `None` where there is only one for all of them, as in three for ten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// What the quantity counts, such as `kg`; `None` = pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Taken off this line.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub discount: Money,
    /// What is charged for the line; `None` = what its own figures make, rounded half up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_price: Option<Money>,
}

impl Item {
    /// The line with its figures checked. Each line has one form: a total that is what the other figures make anyway is
    /// left out, so that who says it and who does not ordered the same.
    pub fn checked(mut self, currency: Currency) -> Result<Self, Disagreement> {
        let Some(unit_price) = self.unit_price else {
            let missing = || Disagreement::new("unit_price", "is required, unless total_price is given");
            return self.total_price.map(|_| ()).ok_or_else(missing).map(|()| self);
        };
        let too_large = |e: MoneyError| Disagreement::new("quantity", format!("x unit_price {e}"));
        let made = Made::of(self.quantity, unit_price, self.discount, currency);
        if made.exact < 0 {
            let most =
                Made::of(self.quantity, unit_price, Money::ZERO, currency).down().map_err(too_large)?;
            let most = most.to_text(currency.digits());
            return Err(Disagreement::new(
                "discount",
                format!("must be at most {most}, what the line costs"),
            ));
        }
        let rounded = made.rounded().map_err(too_large)?;
        if let Some(total) = self.total_price {
            if total != rounded && Ok(total) != made.down() {
                return Err(self.differs(rounded, total, currency));
            }
            self.total_price = self.total_price.filter(|total| *total != rounded);
        }
        Ok(self)
    }

    /// What is charged for it.
    pub fn total(&self, currency: Currency) -> Result<Money, MoneyError> {
        match (self.total_price, self.unit_price) {
            (Some(total), _) => Ok(total),
            (None, Some(unit_price)) => {
                Made::of(self.quantity, unit_price, self.discount, currency).rounded()
            }
            // Refused when it came in.
            (None, None) => Ok(Money::ZERO),
        }
    }

    fn differs(&self, made: Money, got: Money, currency: Currency) -> Disagreement {
        let text = |amount: Money| amount.to_text(currency.digits());
        let off = if self.discount == Money::ZERO {
            String::new()
        } else {
            format!(" - {} discount", text(self.discount))
        };
        let (quantity, unit_price) = (self.quantity, text(self.unit_price.unwrap_or_default()));
        let detail = format!(
            "must be {} ({quantity} x {unit_price}{off}), got {}; leave unit_price out where only the total is exact",
            text(made),
            text(got)
        );
        Disagreement::new("total_price", detail)
    }
}

/// What a line's figures make, exactly: in hundred-millionths, of which `step` are the currency's smallest amount.
struct Made {
    exact: i128,
    step: i128,
}

impl Made {
    const PART: i128 = 10_000;

    fn of(quantity: Quantity, unit_price: Money, discount: Money, currency: Currency) -> Self {
        let exact = quantity.parts() * unit_price.parts() - discount.parts() * Self::PART;
        Self { exact, step: i128::from(step(currency.digits())) * Self::PART }
    }

    fn down(&self) -> Result<Money, MoneyError> {
        self.whole(self.exact.div_euclid(self.step))
    }

    fn rounded(&self) -> Result<Money, MoneyError> {
        self.whole((2 * self.exact + self.step).div_euclid(2 * self.step))
    }

    fn whole(&self, steps: i128) -> Result<Money, MoneyError> {
        Money::of(steps * self.step / Self::PART)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(quantity: &str, unit_price: Option<&str>, discount: &str, total: Option<&str>) -> Item {
        Item {
            product_id: "p".into(),
            product_name: "Pizza".into(),
            quantity: quantity.parse().unwrap(),
            unit_price: unit_price.map(|text| text.parse().unwrap()),
            unit: None,
            discount: discount.parse().unwrap(),
            total_price: total.map(|text| text.parse().unwrap()),
        }
    }

    fn total(code: &str, item: Item) -> Result<String, String> {
        let currency: Currency = code.parse().unwrap();
        let item = item.checked(currency).map_err(|e| e.to_string())?;
        Ok(item.total(currency).unwrap().to_text(currency.digits()))
    }

    #[test]
    fn a_line_costs_what_its_figures_make() {
        for (code, line, cost) in [
            ("BRL", item("2", Some("45.5"), "0", None), "91.00"),
            ("BRL", item("2", Some("45.5"), "1", Some("90")), "90.00"),
            ("BRL", item("0.5", Some("39.90"), "0", None), "19.95"),
            // 19.995: shops round it either way.
            ("BRL", item("0.5", Some("39.99"), "0", None), "20.00"),
            ("BRL", item("0.5", Some("39.99"), "0", Some("19.99")), "19.99"),
            ("BRL", item("3", None, "0", Some("10")), "10.00"),
            ("BRL", item("3", Some("3.3333"), "0", Some("10")), "10.00"),
            ("JPY", item("0.3", Some("498"), "0", None), "149"),
            ("KWD", item("3", Some("1.234"), "0", Some("3.702")), "3.702"),
            ("BRL", item("1", Some("10"), "10", None), "0.00"),
        ] {
            assert_eq!(total(code, line.clone()).as_deref(), Ok(cost), "{line:?}");
        }
    }

    #[test]
    fn a_line_that_does_not_add_up_says_where() {
        let advice = "; leave unit_price out where only the total is exact";
        for (line, said) in [
            (item("2", Some("45.5"), "0", Some("91.01")), "total_price must be 91.00 (2 x 45.50), got 91.01"),
            (item("3", Some("3.33"), "0", Some("10")), "total_price must be 9.99 (3 x 3.33), got 10.00"),
            (
                item("0.5", Some("39.90"), "2", Some("19.95")),
                "total_price must be 17.95 (0.5 x 39.90 - 2.00 discount), got 19.95",
            ),
        ] {
            assert_eq!(total("BRL", line), Err(format!("{said}{advice}")));
        }
        let dear = item("2", Some("5"), "10.01", None);
        assert_eq!(total("BRL", dear).unwrap_err(), "discount must be at most 10.00, what the line costs");
        let nothing = item("2", None, "0", None);
        assert_eq!(total("BRL", nothing).unwrap_err(), "unit_price is required, unless total_price is given");
        let vast = item("1000000", Some("1000000000000"), "0", None);
        assert!(total("BRL", vast).unwrap_err().starts_with("quantity x unit_price must be at most"));
    }

    #[test]
    fn who_says_the_total_and_who_does_not_ordered_the_same() {
        let stored = |item: Item| serde_json::to_string(&item.checked(Currency::BRL).unwrap()).unwrap();
        let plain = stored(item("2", Some("45.5"), "0", None));
        assert_eq!(plain, stored(item("2.0", Some("45.50"), "0.00", Some("91"))));
        // What earlier versions stored, to the byte: fingerprints are made of it.
        let before = r#"{"product_id":"p","product_name":"Pizza","quantity":2,"unit_price":"45.50"}"#;
        assert_eq!(plain, before);
        assert_eq!(serde_json::from_str::<Item>(before).unwrap(), item("2", Some("45.5"), "0", None));
    }
}
