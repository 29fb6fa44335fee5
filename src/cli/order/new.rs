//! A new order, from flags or from a file.

use std::{io::Read as _, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::client::Call;

/// What is ordered. What is missing or wrong is for the server to say.
#[derive(Debug, Args)]
pub(in crate::cli) struct NewOrder {
    /// Its id; else the server makes one
    #[arg(long)]
    id: Option<String>,
    /// Before discount and charges, such as 100.00; the sum of the items if left out
    #[arg(long, required_unless_present_any = ["file", "items"])]
    price: Option<String>,
    /// Taken off the whole order
    #[arg(long)]
    discount: Option<String>,
    /// For bringing it
    #[arg(long)]
    shipping: Option<String>,
    /// For packaging, service, a small order
    #[arg(long)]
    fee: Option<String>,
    /// For the driver or the kitchen
    #[arg(long)]
    tip: Option<String>,
    /// On top of the price and the charges; 0 if left out
    #[arg(long)]
    tax: Option<String>,
    /// Price, shipping and fee contain the tax
    #[arg(long)]
    tax_included: bool,
    /// What is paid in all: refused if it is not what the rest comes to
    #[arg(long)]
    final_price: Option<String>,
    /// A number people use for it; unique
    #[arg(long)]
    order_number: Option<String>,
    /// Who ordered
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// ISO 4217; BRL if left out
    #[arg(long)]
    currency: Option<String>,
    /// Where it is fetched
    #[arg(long, value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
    pickup: Option<Value>,
    /// Where it goes
    #[arg(long, value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
    dropoff: Option<Value>,
    /// One line of it; may be given many times
    #[arg(long = "item", value_name = "PRODUCT:QUANTITY:UNIT_PRICE", value_parser = item)]
    items: Vec<Value>,
    /// The whole order as JSON instead; - is standard input
    #[arg(long, conflicts_with_all = ["id", "price", "discount", "shipping", "fee", "tip", "tax", "tax_included", "final_price", "order_number", "customer", "currency", "pickup", "dropoff", "items"])]
    file: Option<PathBuf>,
    /// Makes repeating safe
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl NewOrder {
    pub fn call(self) -> anyhow::Result<Call> {
        let key = self.idempotency_key.clone();
        let call = Call::post("/api/v1/orders", &Value::Null).with_json(self.body()?);
        Ok(call.header("idempotency-key", key))
    }

    fn body(self) -> anyhow::Result<String> {
        if let Some(file) = self.file {
            let mut text = String::new();
            if file.as_os_str() == "-" {
                std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            } else {
                text = std::fs::read_to_string(&file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
            }
            return Ok(text);
        }
        let mut body = Map::new();
        // Amounts as text: what people typed is exact, a float is not.
        let texts = [
            ("id", self.id),
            ("price", self.price),
            ("discount", self.discount),
            ("shipping", self.shipping),
            ("fee", self.fee),
            ("tip", self.tip),
            ("tax", self.tax),
            ("final_price", self.final_price),
            ("order_number", self.order_number),
            ("customer_id", self.customer),
            ("currency", self.currency),
        ];
        body.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))));
        body.extend(self.tax_included.then(|| ("tax_included".to_owned(), true.into())));
        body.extend(self.pickup.map(|point| ("pickup".to_owned(), point)));
        body.extend(self.dropoff.map(|point| ("dropoff".to_owned(), point)));
        if !self.items.is_empty() {
            body.insert("items".to_owned(), self.items.into());
        }
        Ok(Value::from(body).to_string())
    }
}

/// `-23.55,-46.63`.
pub(in crate::cli) fn point(text: &str) -> Result<Value, String> {
    let read = || {
        let (lat, lng) = text.split_once(',')?;
        let (lat, lng): (f64, f64) = (lat.trim().parse().ok()?, lng.trim().parse().ok()?);
        (lat.is_finite() && lng.is_finite()).then(|| json!({ "lat": lat, "lng": lng }))
    };
    read().ok_or_else(|| "must be LAT,LNG in degrees, such as -23.55,-46.63".to_owned())
}

fn item(text: &str) -> Result<Value, String> {
    let read = || {
        let (rest, unit_price) = text.rsplit_once(':')?;
        let (product, quantity) = rest.rsplit_once(':')?;
        let item = json!({ "product_id": product, "product_name": product, "quantity": quantity, "unit_price": unit_price });
        Some(item)
    };
    read().ok_or_else(|| {
        "must be PRODUCT:QUANTITY:UNIT_PRICE, such as pizza:2:39.90 or cheese:0.5:39.90".to_owned()
    })
}
