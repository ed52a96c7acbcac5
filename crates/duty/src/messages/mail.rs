//! The words of mails, in each language: plain text, what kind of thing, which ward, the ticket's
//! code, the time left, a link. Never a name, an address or a word that somebody wrote, because a
//! mailbox is outside the house. The words stand in code, not among the pages' messages: those
//! live with the pages, in a room above this one.

use super::preferences::Language;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{
    TicketId, UnitId,
    dates::{self, Left, LeftUnit},
};

/// Everything a letter takes from its place and time.
pub(super) struct Frame {
    pub language: Language,
    /// The name of the tenant.
    pub centre: String,
    /// `https://…/quan7`, without a slash at its end.
    pub base: String,
    pub zone: TimeZone,
    pub now: Timestamp,
}

/// One thing a letter tells.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// A ticket that waits for an answer.
    Waiting { what: String, ward: Option<String>, code: String, due_at: Timestamp, ticket: TicketId },
    /// A directive has been answered.
    Answered { code: String, ticket: TicketId },
    /// A unit has nobody on duty in some hours.
    Gap { name: String, unit: UnitId, from: Timestamp, until: Timestamp },
    /// The head of the ledger, for keeping.
    Head { day: Date, seq: i64, hash: String, signature: String, sealed_at: Timestamp },
}

pub(super) struct Letter {
    pub subject: String,
    pub text: String,
}

/// Writes a letter. `urgent` is an emergency's.
pub(super) fn letter(frame: &Frame, urgent: bool, lines: &[Line]) -> Letter {
    let vi = frame.language == Language::Vi;
    let subject = match lines {
        [line] => subject(vi, urgent, line),
        many if vi => format!("Có {} việc cần xem", many.len()),
        many => format!("{} things to look at", many.len()),
    };
    let mut text = if vi {
        format!("Trung tâm điều hành {}\n", frame.centre)
    } else {
        format!("Operations centre, {}\n", frame.centre)
    };
    for (index, line) in lines.iter().enumerate() {
        text.push('\n');
        if lines.len() > 1 {
            text.push_str(&format!("{}. ", index + 1));
        }
        text.push_str(&paragraph(frame, vi, line));
    }
    text.push_str(if vi {
        "\nThư gửi tự động, xin không trả lời thư này.\n"
    } else {
        "\nSent automatically; please do not reply.\n"
    });
    Letter { subject, text }
}

fn subject(vi: bool, urgent: bool, line: &Line) -> String {
    match line {
        Line::Waiting { what, ward, code, .. } => {
            let what = thing(what, ward.as_deref());
            match (vi, urgent) {
                (true, true) => format!("KHẨN: {what} – phiếu {code}"),
                (true, false) => format!("Việc cần xử lý: {what} – phiếu {code}"),
                (false, true) => format!("URGENT: {what} – ticket {code}"),
                (false, false) => format!("To be answered: {what} – ticket {code}"),
            }
        }
        Line::Answered { code, .. } if vi => format!("Ý kiến chỉ đạo đã được trả lời – phiếu {code}"),
        Line::Answered { code, .. } => format!("Your directive has been answered – ticket {code}"),
        Line::Gap { name, .. } if vi => format!("Chưa có người trực: {name}"),
        Line::Gap { name, .. } => format!("Nobody on duty: {name}"),
        Line::Head { day, seq, .. } if vi => {
            format!("Nhật ký xử lý ngày {}: số {seq}", dates::shown_date(*day))
        }
        Line::Head { day, seq, .. } => format!("Ledger of {}: number {seq}", dates::shown_date(*day)),
    }
}

fn paragraph(frame: &Frame, vi: bool, line: &Line) -> String {
    match line {
        Line::Waiting { what, ward, code, due_at, ticket } => {
            let what = thing(what, ward.as_deref());
            let (due, left) = (frame.full(*due_at), left(vi, Left::between(frame.now, *due_at)));
            let link = frame.ticket(*ticket);
            if vi {
                format!("{what}\nPhiếu {code}. Thời hạn trả lời: {due} ({left}).\n{link}\n")
            } else {
                format!("{what}\nTicket {code}. Answer due: {due} ({left}).\n{link}\n")
            }
        }
        Line::Answered { code, ticket } => {
            let link = frame.ticket(*ticket);
            if vi {
                format!("Ý kiến chỉ đạo tại phiếu {code} đã được trả lời.\n{link}\n")
            } else {
                format!("The directive of ticket {code} has been answered.\n{link}\n")
            }
        }
        Line::Gap { name, unit, from, until } => {
            let (from, until) = (frame.full(*from), frame.full(*until));
            let link = format!("{}/desk/rosters?unit={unit}", frame.base);
            if vi {
                format!("{name}: chưa có người trực từ {from} đến {until}. Đề nghị phân công.\n{link}\n")
            } else {
                format!("{name}: nobody is on duty from {from} until {until}. Please arrange it.\n{link}\n")
            }
        }
        Line::Head { day, seq, hash, signature, sealed_at } => {
            let (day, sealed) = (dates::shown_date(*day), frame.full(*sealed_at));
            if vi {
                format!(
                    "Điểm cuối của nhật ký xử lý, công bố ngày {day}\nSố thứ tự: {seq}\nMã băm SHA-256: {hash}\n\
                     Niêm phong lúc: {sealed}\nChữ ký Ed25519: {signature}\n\
                     Đề nghị lưu giữ thư này: nếu nhật ký bị sửa rồi niêm phong lại, các giá trị trên sẽ không còn khớp.\n"
                )
            } else {
                format!(
                    "The end of the ledger as published on {day}\nNumber: {seq}\nSHA-256: {hash}\nSealed at: {sealed}\n\
                     Ed25519 signature: {signature}\n\
                     Please keep this mail: a ledger that is altered and sealed anew no longer agrees with it.\n"
                )
            }
        }
    }
}

fn thing(what: &str, ward: Option<&str>) -> String {
    ward.map_or_else(|| what.to_owned(), |ward| format!("{what}, {ward}"))
}

fn left(vi: bool, left: Left) -> String {
    let Left { late, value, unit } = left;
    if vi {
        let unit = match unit {
            LeftUnit::Second => "giây",
            LeftUnit::Minute => "phút",
            LeftUnit::Hour => "giờ",
            LeftUnit::Day => "ngày",
        };
        return if late { format!("đã trễ {value} {unit}") } else { format!("còn {value} {unit}") };
    }
    let unit = match unit {
        LeftUnit::Second => "second",
        LeftUnit::Minute => "minute",
        LeftUnit::Hour => "hour",
        LeftUnit::Day => "day",
    };
    let plural = if value == 1 { "" } else { "s" };
    format!("{value} {unit}{plural} {}", if late { "late" } else { "left" })
}

impl Frame {
    fn full(&self, at: Timestamp) -> String {
        dates::shown_date_time(at.to_zoned(self.zone.clone()).datetime())
    }

    fn ticket(&self, id: TicketId) -> String {
        format!("{}/desk/tickets/{id}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use uuid::Uuid;

    fn frame(language: Language) -> Frame {
        Frame {
            language,
            centre: "Quận 7".into(),
            base: "https://vungxanh.example/quan7".into(),
            zone: TimeZone::get("Asia/Ho_Chi_Minh").unwrap(),
            now: "2021-09-25T00:05:00Z".parse().unwrap(),
        }
    }

    fn waiting(frame: &Frame, hours: i64) -> Line {
        Line::Waiting {
            what: "Phản ánh, kiến nghị".into(),
            ward: Some("P. Tân Phong".into()),
            code: "7K2M9QX".into(),
            due_at: frame.now + SignedDuration::from_hours(hours),
            ticket: TicketId(Uuid::from_u128(7)),
        }
    }

    #[test]
    fn one_ticket_says_what_where_until_when() {
        let frame = frame(Language::Vi);
        let letter = letter(&frame, false, &[waiting(&frame, 36)]);
        assert_eq!(letter.subject, "Việc cần xử lý: Phản ánh, kiến nghị, P. Tân Phong – phiếu 7K2M9QX");
        insta::assert_snapshot!(letter.text, @"
        Trung tâm điều hành Quận 7

        Phản ánh, kiến nghị, P. Tân Phong
        Phiếu 7K2M9QX. Thời hạn trả lời: 26/09/2021 19:05 (còn 36 giờ).
        https://vungxanh.example/quan7/desk/tickets/00000000-0000-0000-0000-000000000007

        Thư gửi tự động, xin không trả lời thư này.
        ");
    }

    #[test]
    fn several_are_numbered_and_english_is_complete() {
        let frame = frame(Language::En);
        let answered = Line::Answered { code: "ABC".into(), ticket: TicketId(Uuid::from_u128(8)) };
        let head = Line::Head {
            day: jiff::civil::date(2021, 9, 25),
            seq: 12,
            hash: "ab".into(),
            signature: "cd".into(),
            sealed_at: frame.now,
        };
        let letter = letter(&frame, false, &[waiting(&frame, -1), answered, head]);
        assert_eq!(letter.subject, "3 things to look at");
        insta::assert_snapshot!(letter.text, @"
        Operations centre, Quận 7

        1. Phản ánh, kiến nghị, P. Tân Phong
        Ticket 7K2M9QX. Answer due: 25/09/2021 06:05 (1 hour late).
        https://vungxanh.example/quan7/desk/tickets/00000000-0000-0000-0000-000000000007

        2. The directive of ticket ABC has been answered.
        https://vungxanh.example/quan7/desk/tickets/00000000-0000-0000-0000-000000000008

        3. The end of the ledger as published on 25/09/2021
        Number: 12
        SHA-256: ab
        Sealed at: 25/09/2021 07:05
        Ed25519 signature: cd
        Please keep this mail: a ledger that is altered and sealed anew no longer agrees with it.

        Sent automatically; please do not reply.
        ");
    }
}
