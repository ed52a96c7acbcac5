//! sipp scenarios, step by step.

use std::{fmt::Write as _, net::SocketAddr};

/// Where sipp's package keeps the keys of RFC 4733, each pressed once.
pub const PRESSED: &str = "/usr/share/sip-tester";

/// What the network does.
#[must_use]
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    steps: String,
    /// A whole document instead of steps.
    document: Option<String>,
}

const BACK: &str = "[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]tag\n[last_Call-ID:]\n";

impl Scenario {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn verbatim(document: String) -> Self {
        Self { document: Some(document), ..Self::default() }
    }

    pub fn xml(&self) -> String {
        if let Some(document) = &self.document {
            return document.clone();
        }
        // sipp refuses a variable that is set and never read.
        let set: Vec<_> = ["cseq", "from", "valid"]
            .into_iter()
            .filter(|name| self.steps.contains(&format!("assign_to=\"{name}\"")))
            .collect();
        let read = if set.is_empty() {
            String::new()
        } else {
            format!("<Reference variables=\"{}\"/>\n", set.join(","))
        };
        let head = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>";
        format!("{head}\n<scenario name=\"test\">\n{}{read}</scenario>\n", self.steps)
    }

    pub fn raw(mut self, xml: &str) -> Self {
        self.steps.push_str(xml);
        self.steps.push('\n');
        self
    }

    /// Waits for a request; an INVITE is kept for responses that come after other requests.
    pub fn recv(self, method: &str) -> Self {
        if method != "INVITE" {
            return self.raw(&format!("<recv request=\"{method}\"/>"));
        }
        self.raw(
            "<recv request=\"INVITE\"><action>\
             <ereg regexp=\"[0-9]+ INVITE\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"cseq\"/>\
             </action></recv>",
        )
    }

    /// Asks for a password and goes on when the right one comes.
    pub fn challenge(self, method: &str, user: &str, password: &str) -> Self {
        self.challenge_only(method).raw(&format!(
            "<recv request=\"{method}\"><action><verifyauth assign_to=\"valid\" username=\"{user}\" \
             password=\"{password}\"/></action></recv>\n<nop next=\"1\" test=\"valid\"/>\n\
             <recv request=\"NEVER\" timeout=\"1\"/>\n<label id=\"1\"/>"
        ))
    }

    pub fn challenge_only(self, method: &str) -> Self {
        let challenge =
            "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"5f3a9c\", algorithm=MD5, qop=\"auth\"\n";
        let asked =
            self.raw(&format!("<recv request=\"{method}\"/>")).reply("401 Unauthorized", challenge, "");
        if method == "INVITE" { asked.recv("ACK") } else { asked }
    }

    pub fn recv_status(self, status: u16) -> Self {
        self.raw(&format!("<recv response=\"{status}\" rrs=\"true\"/>"))
    }

    pub fn optional(self, status: u16) -> Self {
        self.raw(&format!("<recv response=\"{status}\" optional=\"true\"/>"))
    }

    pub fn pause(self, ms: u32) -> Self {
        self.raw(&format!("<pause milliseconds=\"{ms}\"/>"))
    }

    pub fn send(self, message: &str) -> Self {
        self.raw(&format!("<send><![CDATA[\n\n{message}\n]]></send>"))
    }

    /// Answers the last request received.
    pub fn reply(self, status: &str, headers: &str, body: &str) -> Self {
        self.send(&format!(
            "SIP/2.0 {status}\n{BACK}[last_CSeq:]\nContact: <sip:sipp@[local_ip]:[local_port]>\n\
             {headers}Content-Length: [len]\n\n{body}"
        ))
    }

    /// Answers the INVITE, whatever has been received since.
    pub fn reply_invite(self, status: &str, body: &str) -> Self {
        self.send(&format!(
            "SIP/2.0 {status}\n{BACK}CSeq: [$cseq]\nContact: <sip:sipp@[local_ip]:[local_port]>\n\
             {}Content-Length: [len]\n\n{body}",
            content(body)
        ))
    }

    pub fn ringing(self) -> Self {
        self.reply("180 Ringing", "", "")
    }

    pub fn answer(self, rtp: SocketAddr) -> Self {
        let body = sdp(rtp);
        let mut answered = self.reply("200 OK", &content(&body), &body);
        // Repeated until the ACK comes.
        let at = answered.steps.rfind("<send>").unwrap_or_default() + "<send".len();
        answered.steps.insert_str(at, " retrans=\"500\"");
        answered.recv("ACK")
    }

    /// The same with audio of sipp's own, in which it can press keys.
    pub fn answer_itself(self) -> Self {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut answered = self.answer(nobody);
        answered.steps = answered.steps.replace("m=audio 9 ", "m=audio [media_port] ");
        answered
    }

    /// sipp presses a key in its audio (`peer::presses_keys` says whether it can).
    pub fn press(self, key: char) -> Self {
        let name = match key {
            '*' => "star".to_owned(),
            '#' => "pound".to_owned(),
            digit => digit.to_string(),
        };
        let pressed = format!("<exec play_pcap_audio=\"{PRESSED}/dtmf_2833_{name}.pcap\"/>");
        self.raw(&format!("<nop><action>{pressed}</action></nop>"))
    }

    pub fn ok(self) -> Self {
        self.reply("200 OK", "", "")
    }

    /// The INVITE is taken back while it rings.
    pub fn cancelled(self) -> Self {
        self.recv("CANCEL").ok().reply_invite("487 Request Terminated", "").recv("ACK")
    }

    pub fn hung_up(self) -> Self {
        self.recv("BYE").ok()
    }

    /// A request within the call that the agent has placed.
    pub fn request_back(self, method: &str, cseq: u32, body: &str) -> Self {
        self.request_back_in("[branch]", method, cseq, body)
    }

    /// The ACK of a refusal belongs to the transaction that began so many messages before.
    pub fn acknowledge_refusal_back(self, messages: usize, cseq: u32) -> Self {
        self.request_back_in(&format!("[branch-{messages}]"), "ACK", cseq, "")
    }

    fn request_back_in(self, branch: &str, method: &str, cseq: u32, body: &str) -> Self {
        self.send(&format!(
            "{method} sip:agent@[local_ip] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n\
             From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]tag\n\
             To: [$from]\n[last_Call-ID:]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n\
             Contact: <sip:sipp@[local_ip]:[local_port]>\n{}Content-Length: [len]\n\n{body}",
            content(body)
        ))
    }

    /// Before a `request_back`, the INVITE's From must have been kept.
    pub fn recv_invite_keeping_from(self) -> Self {
        self.raw(
            "<recv request=\"INVITE\"><action>\
             <ereg regexp=\".*\" search_in=\"hdr\" header=\"From:\" assign_to=\"from\"/>\
             <ereg regexp=\"[0-9]+ INVITE\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"cseq\"/>\
             </action></recv>",
        )
    }

    /// A call to the agent; later requests are `ack` and `bye`.
    pub fn call(self, body: &str) -> Self {
        let mut message = String::new();
        let _ = write!(
            message,
            "INVITE sip:200@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
             From: <sip:0901234567@[local_ip]:[local_port]>;tag=[call_number]from\n\
             To: <sip:200@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\nCSeq: 1 INVITE\n\
             Contact: <sip:0901234567@[local_ip]:[local_port]>\nMax-Forwards: 70\n{}Content-Length: [len]\n\n{body}",
            content(body)
        );
        self.send(&message)
    }

    pub fn ack(self, body: &str) -> Self {
        self.follow("ACK", 1, body)
    }

    pub fn bye(self) -> Self {
        self.follow("BYE", 2, "").recv_status(200)
    }

    /// As for `acknowledge_refusal_back`.
    pub fn acknowledge_refusal(self, messages: usize) -> Self {
        self.follow_in(&format!("[branch-{messages}]"), "ACK", 1, "")
    }

    pub fn follow(self, method: &str, cseq: u32, body: &str) -> Self {
        self.follow_in("[branch]", method, cseq, body)
    }

    fn follow_in(self, branch: &str, method: &str, cseq: u32, body: &str) -> Self {
        self.send(&format!(
            "{method} sip:200@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n\
             From: <sip:0901234567@[local_ip]:[local_port]>;tag=[call_number]from\n\
             To: <sip:200@[remote_ip]:[remote_port]>[peer_tag_param]\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n\
             Contact: <sip:0901234567@[local_ip]:[local_port]>\nMax-Forwards: 70\n{}Content-Length: [len]\n\n{body}",
            content(body)
        ))
    }
}

fn content(body: &str) -> String {
    if body.is_empty() { String::new() } else { "Content-Type: application/sdp\n".to_owned() }
}

/// Both laws and keys at a socket.
pub fn sdp(rtp: SocketAddr) -> String {
    sdp_with(rtp, "8 0 101", "sendrecv")
}

pub fn sdp_with(rtp: SocketAddr, formats: &str, direction: &str) -> String {
    format!(
        "v=0\no=sipp 1 1 IN IP4 {ip}\ns=-\nc=IN IP4 {ip}\nt=0 0\nm=audio {port} RTP/AVP {formats}\n\
         a=rtpmap:101 telephone-event/8000\na={direction}\n",
        ip = rtp.ip(),
        port = rtp.port()
    )
}
