//! From sockets to endpoints and back.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::body::{Broken, RequestBody, ResponseBody};
use crate::delivery;
use crate::fault::Fault;
use crate::form::Form;
use crate::keys::Identity;
use crate::log;
use crate::query::Query;
use crate::rates::Standing;
use crate::record::{Entry, RecordedRequest};
use crate::response::{Content, Response, Style, gateway};
use crate::route::{self, Access, Call, Endpoint, Input};
use crate::state::State;

/// Which of the emulator's listeners a connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Api,
    /// Where content comes from, without credentials.
    Delivery,
}

/// Accepts connections for ever.
pub(crate) async fn accept(state: Arc<State>, listener: TcpListener, site: Site) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, perhaps; others will be closed.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let number = state.connections.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::spawn(connection(Arc::clone(&state), stream, site, number));
    }
}

async fn connection(state: Arc<State>, stream: TcpStream, site: Site, number: u64) {
    // Without it, the second of two small writes waits for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move { serve(&state, request, site, number).await }
    });
    // It ends with an error when a client goes away or a fault cuts it off.
    let _ = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Responds to one request, and logs it if that is wanted; an error closes the connection.
async fn serve(
    state: &State,
    request: Request<Incoming>,
    site: Site,
    connection: u64,
) -> Result<hyper::Response<ResponseBody>, Broken> {
    let (head, incoming) = request.into_parts();
    if !state.log {
        return serve_parts(state, &head, incoming, site, connection).await;
    }
    let start = Instant::now();
    let response = serve_parts(state, &head, incoming, site, connection).await;
    let status = response.as_ref().ok().map(|response| response.status());
    let base = match site {
        Site::Api => "",
        Site::Delivery => &state.delivery_url,
    };
    let line = log::line(&state.keys, base, &head, status, start.elapsed());
    // Nothing can be done if nobody listens.
    let _ = std::io::stderr().write_all(line.as_bytes());
    response
}

async fn serve_parts(
    state: &State,
    head: &Parts,
    incoming: Incoming,
    site: Site,
    connection: u64,
) -> Result<hyper::Response<ResponseBody>, Broken> {
    let entry = state.recorder.begin(record(head, site, connection));
    let body = RequestBody::new(incoming, entry.clone());
    let fault = state.faults.take(head.uri.path());
    match fault {
        Some(Fault::Status { .. } | Fault::OkWithError { .. } | Fault::CutBeforeResponse) => {
            body.drain().await;
        }
        Some(Fault::Delay(duration)) => tokio::time::sleep(duration).await,
        _ => {}
    }
    let response = match &fault {
        Some(Fault::CutBeforeResponse) => return Err(Broken),
        Some(Fault::Status {
            status,
            headers,
            content_type,
            body,
        }) => scripted(*status, headers, content_type.as_deref(), body),
        Some(Fault::OkWithError { code, message }) => gateway(200, (*code).into(), message),
        _ => respond(state, head, &body, site).await,
    };
    // A client that waits for leave to send its body is told at once; others may be in the middle
    // of sending, and would find the connection reset.
    if !head.headers.contains_key("expect") {
        body.drain().await;
    }
    match fault {
        Some(Fault::CutAfterActing) => Err(Broken),
        fault => into_hyper(
            response,
            matches!(fault, Some(Fault::CutDuringResponse)),
            &entry,
        ),
    }
}

fn record(head: &Parts, site: Site, connection: u64) -> RecordedRequest {
    RecordedRequest {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), value.into_owned())
            })
            .collect(),
        connection,
        to_delivery: site == Site::Delivery,
        ..RecordedRequest::default()
    }
}

fn scripted(
    status: u16,
    headers: &[(String, String)],
    content_type: Option<&str>,
    body: &[u8],
) -> Response {
    let mut response = Response::empty(status);
    if let Some(content_type) = content_type {
        response = response.header("content-type", content_type);
    }
    response.headers.extend_from_slice(headers);
    response.content = Content::Bytes(body.to_vec().into());
    response
}

async fn respond(state: &State, head: &Parts, body: &RequestBody, site: Site) -> Response {
    match site {
        Site::Api => api(state, head, body).await,
        Site::Delivery => {
            delivery::deliver(state, head.method.as_str(), head.uri.path(), &head.headers)
        }
    }
}

async fn api(state: &State, head: &Parts, body: &RequestBody) -> Response {
    let (endpoint, parameters) = match route::find(head.method.as_str(), head.uri.path()) {
        Ok(found) => found,
        Err(rejection) => return rejection,
    };
    let identity = match authenticate(state, endpoint, &head.headers) {
        Ok(identity) => identity,
        Err(rejection) => return rejection,
    };
    let standing = standing(state, endpoint, identity.as_ref());
    let response = match &standing {
        Some(standing) if standing.rejected => too_many(endpoint.style, standing),
        _ => {
            let call = Call {
                state,
                style: endpoint.style,
                identity,
                parameters,
                query: Query::new(head.uri.query(), endpoint.style),
                headers: head.headers.clone(),
                body: Default::default(),
                form: None,
            };
            act(endpoint, call, body)
                .await
                .unwrap_or_else(|rejection| rejection)
        }
    };
    match standing {
        Some(standing) => with_standing(response, &standing),
        None => response,
    }
}

fn authenticate(
    state: &State,
    endpoint: &Endpoint,
    headers: &HeaderMap,
) -> Result<Option<Identity>, Response> {
    if endpoint.access == Access::Open {
        return Ok(None);
    }
    let header = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or(""))
    };
    let identity = state
        .keys
        .identify(header("x-api-key"), header("authorization"))?;
    match &identity {
        None if endpoint.access != Access::Anyone => Err(gateway(401, 0, "Invalid API Key")),
        Some(identity) if identity.oauth && endpoint.access == Access::Key => {
            Err(gateway(401, 0, "Access tokens are not supported here"))
        }
        _ => Ok(identity),
    }
}

fn standing(state: &State, endpoint: &Endpoint, identity: Option<&Identity>) -> Option<Standing> {
    let (key, token) = endpoint.limits?;
    let (counted_as, limit) = match identity {
        Some(identity) if identity.oauth => (identity.counted_as.as_str(), token),
        Some(identity) => (identity.counted_as.as_str(), key),
        None => ("nobody", key),
    };
    Some(state.rates.count(counted_as, endpoint.name, limit))
}

fn too_many(style: Style, standing: &Standing) -> Response {
    style
        .reject(429, "Too many requests.")
        .header("retry-after", standing.reset)
}

fn with_standing(response: Response, standing: &Standing) -> Response {
    let (limit, period) = (standing.limit, standing.period);
    response
        .header("x-ratelimit-limit", format!("{limit}, {limit};w={period}"))
        .header("x-ratelimit-remaining", standing.remaining)
        .header("x-ratelimit-reset", standing.reset)
}

async fn act(
    endpoint: &Endpoint,
    mut call: Call<'_>,
    body: &RequestBody,
) -> Result<Response, Response> {
    if let Some(identity) = &call.identity {
        for scope in endpoint.scopes {
            if !identity.may(scope) {
                return Err(endpoint.style.lacks_scope(scope, identity.oauth));
            }
        }
    }
    if endpoint.input != Input::Nothing && call.headers.contains_key("transfer-encoding") {
        return Err(gateway(411, 0, "Length Required"));
    }
    let content_type = call.header("content-type").unwrap_or_default();
    let is_form = content_type
        .to_ascii_lowercase()
        .starts_with("multipart/form-data");
    match endpoint.input {
        Input::Nothing => {}
        Input::Form if is_form => {
            let form = Form::read(body, content_type).await;
            let reject = |message: String| endpoint.style.reject(400, &message);
            call.form = Some(form.map_err(reject)?);
        }
        Input::Form | Input::Bytes => {
            let reject = || gateway(413, 0, "The body is too large, or ends too early.");
            call.body = body.collect().await.ok_or_else(reject)?;
        }
    }
    (endpoint.handler)(&call)
}

fn into_hyper(
    response: Response,
    halved: bool,
    entry: &Entry,
) -> Result<hyper::Response<ResponseBody>, Broken> {
    let mut sent = hyper::Response::new(ResponseBody::new(response.content, halved));
    *sent.status_mut() = StatusCode::from_u16(response.status).map_err(|_| Broken)?;
    for (name, value) in response.headers {
        let name = HeaderName::try_from(name).map_err(|_| Broken)?;
        let value = HeaderValue::try_from(value).map_err(|_| Broken)?;
        sent.headers_mut().append(name, value);
    }
    entry.responded(response.status);
    Ok(sent)
}
