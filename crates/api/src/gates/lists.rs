//! What anybody may have: the trust list, and the lists of passes that are no longer in force.

use super::{answer::Answer, caller::Caller};
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use health::{gates, passes};
use kernel::{Actor, Error};

/// A gate that asks again within a minute gets the same.
const KEEP: &str = "public, max-age=60";

/// `GET /{tenant}/api/trust`: COSE_Sign1 by the root; 404 while there is none.
pub(super) async fn trust(caller: Caller, headers: HeaderMap) -> Response {
    let w = caller.w;
    trusted(&caller, &headers).await.unwrap_or_else(|refusal| refusal.tell(w))
}

/// `GET /{tenant}/api/status/{number}`: a Token Status List as CBOR web token; 404 where none of this number is good.
pub(super) async fn status(
    caller: Caller,
    Path((_, number)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let w = caller.w;
    listed(&caller, &number, &headers).await.unwrap_or_else(|refusal| refusal.tell(w))
}

async fn trusted(caller: &Caller, headers: &HeaderMap) -> Answer {
    let mut cx = caller.app.store().begin(caller.tenant.id, Actor::public()).await?;
    let bytes = passes::trust_list(&mut cx).await?.ok_or(Error::NotFound)?;
    file(&cx, bytes, "application/cose", headers)
}

async fn listed(caller: &Caller, number: &str, headers: &HeaderMap) -> Answer {
    let number: u64 = number.parse().map_err(|_| Error::NotFound)?;
    let mut cx = caller.app.store().begin(caller.tenant.id, Actor::public()).await?;
    let bytes = gates::status_list(&mut cx, number).await?.ok_or(Error::NotFound)?;
    let answer = file(&cx, bytes, "application/statuslist+cwt", headers)?;
    // What was signed anew for this question serves the next.
    cx.commit().await?;
    Ok(answer)
}

fn file(cx: &store::Cx, bytes: Vec<u8>, kind: &'static str, headers: &HeaderMap) -> Answer {
    let tag = super::answer::base64(&cx.keys()?.hash(&[b"list", &bytes])[..16]);
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).map_err(Error::internal)?;
    let known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(KEEP)),
        (header::ETAG, tag),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
