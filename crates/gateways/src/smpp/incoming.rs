//! What a network delivers: texts and their parts, and receipts for ours.

use super::words;
use duty::messages::{Part, Piece, Receipt};
use rusmpp::{
    pdus::DeliverSm,
    tlvs::{Tlv, TlvValue},
    values::Ton,
};

/// One delivery.
pub(super) enum Incoming {
    Text(Piece),
    Receipt(Receipt),
    /// A word on the way (accepted, on its way): nothing is settled by it.
    Nothing,
}

/// Bits 2 to 5 of `esm_class` say what a delivery is.
const KIND: u8 = 0b0011_1100;
const RECEIPT: u8 = 0b0000_0100;
const ORDINARY: u8 = 0;
const HEADER: u8 = 0b0100_0000;

pub(super) fn read(delivered: &DeliverSm) -> Incoming {
    let class = u8::from(delivered.esm_class);
    let values = || delivered.tlvs().iter().filter_map(Tlv::value);
    let receipted = values().find_map(|value| match value {
        TlvValue::ReceiptedMessageId(id) => Some(id.as_str().to_owned()),
        _ => None,
    });
    let payload: Option<&[u8]> = values().find_map(|value| match value {
        TlvValue::MessagePayload(payload) => Some(payload.value.as_ref()),
        _ => None,
    });
    let own: &[u8] = delivered.short_message().as_ref();
    let octets = payload.filter(|_| own.is_empty()).unwrap_or(own);
    let state = values().find_map(|value| match value {
        TlvValue::MessageState(state) => Some(u8::from(*state)),
        _ => None,
    });
    match class & KIND {
        RECEIPT => receipt(receipted, state, octets),
        ORDINARY if state.is_some() && receipted.is_some() => receipt(receipted, state, octets),
        ORDINARY => Incoming::Text(text(delivered, class, receipted, octets)),
        _ => Incoming::Nothing,
    }
}

fn text(delivered: &DeliverSm, class: u8, network_id: Option<String>, octets: &[u8]) -> Piece {
    let (told, body) = match class & HEADER {
        0 => (None, octets),
        _ => words::header(octets).unwrap_or((None, octets)),
    };
    let told = told.or_else(|| in_options(delivered.tlvs()));
    let from = delivered.source_addr.as_str().trim();
    Piece {
        network_id,
        from: match delivered.source_addr_ton {
            Ton::International if !from.starts_with('+') => format!("+{from}"),
            _ => from.to_owned(),
        },
        to: delivered.destination_addr.as_str().trim().to_owned(),
        units: words::read(u8::from(delivered.data_coding), body),
        part: told.map(|(reference, number, of)| Part { reference, number, of }),
    }
}

/// The part, where the network tells it beside the words.
fn in_options(options: &[Tlv]) -> Option<(u16, u8, u8)> {
    let (mut reference, mut number, mut of) = (None, None, None);
    for value in options.iter().filter_map(Tlv::value) {
        match value {
            TlvValue::SarMsgRefNum(told) => reference = Some(*told),
            TlvValue::SarSegmentSeqnum(told) => number = Some(*told),
            TlvValue::SarTotalSegments(told) => of = Some(*told),
            _ => {}
        }
    }
    Some((reference?, number?, of?))
}

/// A receipt by its options, or by its words (SMPP 3.4, appendix B).
fn receipt(id: Option<String>, state: Option<u8>, octets: &[u8]) -> Incoming {
    let words = String::from_utf8_lossy(octets);
    let field = |name: &str| {
        let (_, rest) = words.split_once(name)?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    let came = match (state, field("stat:").as_deref()) {
        (Some(2), _) | (None, Some("DELIVRD")) => true,
        (Some(3 | 4 | 5 | 8), _) | (None, Some("EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD")) => false,
        _ => return Incoming::Nothing,
    };
    match id.or_else(|| field("id:")) {
        Some(id) => Incoming::Receipt(Receipt { ids: written(&id), came }),
        None => Incoming::Nothing,
    }
}

/// Ways in which networks write one id: as it is, in capitals or not, and as a number of the other base.
fn written(id: &str) -> Vec<String> {
    let id = id.trim_end_matches('\0');
    let mut ids = vec![id.to_owned(), id.to_lowercase(), id.to_uppercase()];
    if let Ok(number) = id.parse::<u64>() {
        ids.extend([format!("{number:x}"), format!("{number:X}"), number.to_string()]);
    } else if let Ok(number) = u64::from_str_radix(id, 16) {
        ids.push(number.to_string());
    }
    ids.sort();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_from_its_words_where_it_has_no_options() {
        let words = b"id:00a7f3 sub:001 dlvrd:001 submit date:2109250705 done date:2109250706 stat:DELIVRD err:000 text:";
        let Incoming::Receipt(told) = receipt(None, None, words) else { panic!("a receipt") };
        assert!(told.came && told.ids.contains(&"00A7F3".to_owned()));
        let Incoming::Receipt(told) = receipt(Some("abc".into()), Some(5), b"") else { panic!("a receipt") };
        assert!(!told.came);
        assert!(matches!(receipt(Some("abc".into()), Some(1), b""), Incoming::Nothing));
        assert!(matches!(receipt(None, None, b"id:1 stat:ENROUTE"), Incoming::Nothing));
        assert!(matches!(receipt(None, None, b"stat:DELIVRD"), Incoming::Nothing));
    }

    #[test]
    fn an_id_is_known_in_either_base() {
        assert!(written("1234567").contains(&"12d687".to_owned()));
        assert!(written("12D687").contains(&"1234567".to_owned()));
    }
}
