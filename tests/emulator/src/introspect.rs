//! `POST /api-keys/v1/introspect`

use crate::fields::{Fields, plain_json};
use crate::keys;
use crate::response::{Outcome, Response};
use crate::route::Call;

pub(crate) fn introspect(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let fields = Fields::of_body(call, plain_json)?;
    fields.check(&["apiKey"])?;
    let secret = fields.required_text("apiKey")?;
    let spec = call
        .state
        .keys
        .find(secret)
        .ok_or_else(|| keys::invalid(false))?;
    Ok(Response::json(200, &spec.introspection()))
}
