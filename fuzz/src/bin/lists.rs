//! A list from the network: a trust list, a status list or a table of codes is read or refused, never a panic.

#![no_main]

use fuzz::Gate;
use libfuzzer_sys::fuzz_target;
use pass::{CodeTable, StatusToken, TrustList};
use std::sync::LazyLock;

static GATE: LazyLock<Gate> = LazyLock::new(Gate::default);

fuzz_target!(|bytes: &[u8]| {
    let Gate { now, root, keys } = &*GATE;
    let _ = TrustList::read(bytes, root, *now);
    let _ = TrustList::read_unproven(bytes, *now);
    let _ = StatusToken::read(bytes, keys, *now);
    let _ = CodeTable::read(bytes, keys, *now);
});
