//! What an order costs besides its lines, and in all.

use serde::{Deserialize, Serialize};

use super::{Money, MoneyError, OrderDetails};

/// What is charged besides the price; nothing of it is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges {
    /// Taken off the whole order.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub discount: Money,
    /// For bringing it.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub shipping: Money,
    /// For packaging, service, a small order.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub fee: Money,
    /// For the driver or the kitchen.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub tip: Money,
    /// Whether price, shipping and fee contain the tax.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_included: bool,
}

impl Charges {
    /// Whether there is nothing besides price and tax.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A figure of an order that does not agree with the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {detail}")]
pub struct Disagreement {
    /// Which one.
    pub field: &'static str,
    /// What it should be, and why.
    pub detail: String,
}

impl Disagreement {
    pub(super) fn new(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field, detail: detail.into() }
    }
}

impl OrderDetails {
    /// What is paid in all: price − discount + shipping + fee + tip, and the tax unless it is contained in these.
    pub fn final_price(&self) -> Result<Money, MoneyError> {
        let tax = if self.charges.tax_included { Money::ZERO } else { self.tax };
        self.taxed()?.plus(self.charges.tip)?.plus(tax)
    }

    /// What the tax is of.
    fn taxed(&self) -> Result<Money, MoneyError> {
        let Charges { discount, shipping, fee, .. } = self.charges;
        self.price.plus(shipping)?.plus(fee)?.minus(discount)
    }

    /// What the lines cost, if there are any.
    pub fn sum(&self) -> Result<Option<Money>, MoneyError> {
        let mut lines = self.items.iter();
        if lines.len() == 0 {
            return Ok(None);
        }
        lines.try_fold(Money::ZERO, |sum, line| sum.plus(line.total(self.currency)?)).map(Some)
    }

    /// Checks the rules between the figures: the price is the sum of the lines, no discount and no contained tax is more than
    /// what it is taken from, and all together is an amount.
    pub fn check(&self) -> Result<(), Disagreement> {
        let sum = self.sum().map_err(|e| Disagreement::new("items", format!("sum {e}")))?;
        if let Some(sum) = sum.filter(|sum| *sum != self.price) {
            let (sum, price) = (self.text(sum), self.text(self.price));
            return Err(Disagreement::new(
                "price",
                format!("must be the sum of the items, {sum}, got {price}"),
            ));
        }
        let together = |e: MoneyError| Disagreement::new("tax", format!("and all that is charged {e}"));
        self.final_price().map_err(together)?;
        let taxed = self.taxed().map_err(together)?;
        let Charges { discount, tax_included, .. } = self.charges;
        if taxed < Money::ZERO {
            let most = self.text(taxed.plus(discount).map_err(together)?);
            let detail = format!("must be at most {most}, what it is taken off, got {}", self.text(discount));
            return Err(Disagreement::new("discount", detail));
        }
        if tax_included && self.tax > taxed {
            let (most, tax) = (self.text(taxed), self.text(self.tax));
            let detail = format!("must be at most {most}, in which it is included, got {tax}");
            return Err(Disagreement::new("tax", detail));
        }
        Ok(())
    }

    /// Checks what somebody else's sum came to.
    pub fn agrees(&self, final_price: Money) -> Result<(), Disagreement> {
        match self.final_price() {
            Ok(made) if made != final_price => {
                let (made, got) = (self.text(made), self.text(final_price));
                let detail = format!("must be {made} ({}), got {got}", self.bill());
                Err(Disagreement::new("final_price", detail))
            }
            _ => Ok(()),
        }
    }

    /// How the final price is made: `100.00 price - 5.00 discount + 10.00 tax`.
    fn bill(&self) -> String {
        let Charges { discount, shipping, fee, tip, tax_included } = self.charges;
        let tax = if tax_included { Money::ZERO } else { self.tax };
        let rest =
            [('-', discount, "discount"), ('+', shipping, "shipping"), ('+', fee, "fee"), ('+', tip, "tip")];
        let rest = rest.into_iter().chain([('+', tax, "tax")]).filter(|(_, amount, _)| !amount.is_zero());
        let rest: Vec<String> =
            rest.map(|(sign, amount, what)| format!(" {sign} {} {what}", self.text(amount))).collect();
        format!("{} price{}", self.text(self.price), rest.concat())
    }

    fn text(&self, amount: Money) -> String {
        amount.to_text(self.currency.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Currency, Item};

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn details(price: &str, tax: &str, charges: Charges) -> OrderDetails {
        OrderDetails {
            order_number: None,
            customer_id: None,
            currency: Currency::BRL,
            price: money(price),
            tax: money(tax),
            items: vec![],
            shipping_address: None,
            billing_address: None,
            pickup: None,
            dropoff: None,
            charges,
        }
    }

    fn charges(discount: &str, shipping: &str, fee: &str, tip: &str, tax_included: bool) -> Charges {
        let [discount, shipping, fee, tip] = [discount, shipping, fee, tip].map(money);
        Charges { discount, shipping, fee, tip, tax_included }
    }

    #[test]
    fn the_final_price_is_what_is_paid() {
        for (order, paid) in [
            (details("100", "10", Charges::default()), "110.00"),
            (details("100", "10", charges("5", "8", "2", "3", false)), "118.00"),
            (details("100", "10", charges("5", "8", "2", "3", true)), "108.00"),
            (details("0", "0", Charges::default()), "0.00"),
            (details("30", "0", charges("37", "7", "0", "0", false)), "0.00"),
        ] {
            assert_eq!(order.check(), Ok(()), "{order:?}");
            assert_eq!(order.final_price().unwrap().to_string(), paid);
        }
    }

    #[test]
    fn figures_that_disagree_are_named_with_what_they_should_be() {
        let said = |order: OrderDetails| order.check().unwrap_err().to_string();
        assert_eq!(
            said(details("30", "0", charges("37.01", "7", "0", "0", false))),
            "discount must be at most 37.00, what it is taken off, got 37.01"
        );
        assert_eq!(
            said(details("30", "30.01", charges("0", "0", "0", "5", true))),
            "tax must be at most 30.00, in which it is included, got 30.01"
        );
        let vast = details("1000000000000", "0.01", Charges::default());
        assert!(said(vast).starts_with("tax and all that is charged must be at most"));
        let order = details("100", "10", charges("5", "8", "2", "3", false));
        assert_eq!(order.agrees(money("118")), Ok(()));
        assert_eq!(
            order.agrees(money("110")).unwrap_err().to_string(),
            "final_price must be 118.00 (100.00 price - 5.00 discount + 8.00 shipping + 2.00 fee + 3.00 tip + 10.00 tax), \
             got 110.00"
        );
    }

    #[test]
    fn the_price_is_the_sum_of_the_lines() {
        let two = Item {
            product_id: "p".into(),
            product_name: "Pizza".into(),
            quantity: "2".parse().unwrap(),
            unit_price: Some(money("45.5")),
            unit: None,
            discount: Money::ZERO,
            total_price: None,
        };
        let with =
            |price| OrderDetails { items: vec![two.clone()], ..details(price, "10", Charges::default()) };
        assert_eq!(with("91").check(), Ok(()));
        let error = with("90").check().unwrap_err();
        assert_eq!(error.to_string(), "price must be the sum of the items, 91.00, got 90.00");
    }
}
