//! Status lists: by the draft's own small examples, and from end to end.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use pass::{Bits, StatusList};
use proptest::prelude::*;

fn list(bits: Bits, values: &[u8]) -> StatusList {
    let mut list = StatusList::new(bits, values.len());
    for (index, value) in (0..).zip(values) {
        assert!(list.set(index, *value));
    }
    list
}

/// Sections 4.1 and 4.2 of draft-ietf-oauth-status-list, as values.
#[test]
fn the_examples_of_the_draft_have_these_bytes() {
    let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    for (bits, values, bytes, packed) in
        [(Bits::One, &one[..], "b9a3", "eNrbuRgAAhcBXQ"), (Bits::Two, &two[..], "c944f9", "eNo76fITAAPfAgc")]
    {
        let made = list(bits, values);
        assert_eq!(HEXLOWER.encode(made.bytes()), bytes);
        let read = StatusList::unpack(bits, &BASE64URL_NOPAD.decode(packed.as_bytes()).unwrap()).unwrap();
        assert_eq!(read, made);
        assert_eq!(StatusList::unpack(bits, &made.packed()).unwrap(), made);
        for (index, value) in (0..).zip(values) {
            assert_eq!(read.get(index), Some(*value));
        }
        assert_eq!(read.get(made.len() as u64), None);
    }
}

#[test]
fn a_list_of_others_may_have_more_bits() {
    let four = list(Bits::Four, &[1, 15, 0, 7]);
    assert_eq!(four.bytes(), [0xf1, 0x70]);
    let eight = list(Bits::Eight, &[1, 255, 0, 7]);
    assert_eq!(eight.bytes(), [1, 255, 0, 7]);
    assert_eq!(
        (eight.get(1), eight.get(3), eight.get(4), eight.get(u64::MAX)),
        (Some(255), Some(7), None, None)
    );
}

#[test]
fn a_list_that_unpacks_to_too_much_is_refused() {
    assert!(StatusList::unpack(Bits::One, &crate::craft::zlib(&vec![0; 5 << 20])).is_err());
    assert!(StatusList::unpack(Bits::One, b"no zlib").is_err());
}

/// One in a hundred of 400,000, spread as shuffled places spread them.
#[test]
fn a_district_fits_into_eight_thousand_bytes() {
    let mut list = StatusList::new(Bits::One, 400_000);
    let mut state = 1u64;
    let mut revoked = 0;
    while revoked < 4_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let index = (state >> 33) % 400_000;
        revoked += u32::from(list.get(index) == Some(0) && list.set(index, 1));
    }
    assert!(list.packed().len() <= 8_000, "{}", list.packed().len());
}

proptest! {
    #[test]
    fn what_is_set_is_read(bits in prop::sample::select(vec![Bits::One, Bits::Two, Bits::Four, Bits::Eight]),
                           values: Vec<u8>) {
        let mask = u8::MAX >> (8 - bits.count());
        let values: Vec<u8> = values.into_iter().map(|value| value & mask).collect();
        let made = list(bits, &values);
        let read = StatusList::unpack(bits, &made.packed()).unwrap();
        for (index, value) in (0..).zip(values) {
            prop_assert_eq!(read.get(index), Some(value));
        }
    }
}
