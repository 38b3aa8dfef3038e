//! `POST /api-keys/v1/introspect`

use crate::keys;
use crate::members::{Members, plain_json};
use crate::response::{Outcome, Response};
use crate::route::Call;

pub(crate) fn introspect(call: &Call<'_>) -> Outcome {
    call.query.check(&[], &[])?;
    let members = Members::of_body(call, plain_json)?;
    members.check(&["apiKey"])?;
    let secret = members.required_text("apiKey")?;
    let spec = call
        .state
        .keys
        .find(secret)
        .ok_or_else(|| keys::invalid(false))?;
    Ok(Response::json(200, &spec.introspection()))
}
