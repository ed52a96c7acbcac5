//! The two keys that a browser holds: that of a code on its way, for as long as the code, and that of the device.
//! Both are random and say nothing of a person.

use crate::home::Visit;
use axum::{
    http::{HeaderMap, header},
    response::Response,
};
use health::declarations::{self, Device};
use kernel::{Result, SecretCode};
use pages::cookies;
use store::Cx;

const DEVICE: &str = "vx_device";
const CODE: &str = "vx_declare";
/// As long as a device is remembered, and as long as a code is waited for, in seconds.
const MONTH: i64 = 30 * 86_400;
const QUARTER: i64 = 15 * 60;

/// The device that asks; `None` where the browser has proven no number.
pub(super) async fn device(cx: &mut Cx, headers: &HeaderMap) -> Result<Option<Device>> {
    match cookies::read(headers, DEVICE) {
        Some(key) => declarations::device(cx, key).await,
        None => Ok(None),
    }
}

/// The key of the code that the browser waits for.
pub(super) fn code(headers: &HeaderMap) -> &str {
    cookies::read(headers, CODE).unwrap_or_default()
}

pub(super) fn keep_device(visit: &Visit, response: &mut Response, key: &SecretCode) {
    set(visit, response, DEVICE, key.canonical(), MONTH);
}

pub(super) fn keep_code(visit: &Visit, response: &mut Response, key: &SecretCode) {
    set(visit, response, CODE, key.canonical(), QUARTER);
}

pub(super) fn drop_device(visit: &Visit, response: &mut Response) {
    set(visit, response, DEVICE, "", 0);
}

pub(super) fn drop_code(visit: &Visit, response: &mut Response) {
    set(visit, response, CODE, "", 0);
}

fn set(visit: &Visit, response: &mut Response, name: &str, value: &str, age: i64) {
    let path = format!("/{}/declare", visit.tenant.slug);
    let cookie = cookies::set(name, value, &path, Some(age), visit.app.place().secure);
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
