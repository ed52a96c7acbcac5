//! A client small enough not to be what is measured: one connection, one request at a time.

use kernel::{Error, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// One kept connection.
pub struct Session {
    stream: BufReader<TcpStream>,
    host: String,
    cookie: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

fn lost(error: std::io::Error) -> Error {
    Error::Unavailable(error.to_string())
}

impl Session {
    pub async fn open(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).await.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            host: host.to_owned(),
            cookie: String::new(),
        })
    }

    #[must_use]
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        cookie.clone_into(&mut self.cookie);
        self
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\naccept: text/html\r\n\r\n",
            self.host, self.cookie
        );
        self.send(&request).await
    }

    /// A form, already encoded.
    pub async fn post(&mut self, path: &str, form: &str) -> Result<Answer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.host,
            self.cookie,
            form.len()
        );
        self.send(&request).await
    }

    /// A body of JSON, by a device that holds a token and has an address of its own before our proxy.
    pub async fn post_json(&mut self, path: &str, token: &str, address: &str, body: &str) -> Result<Answer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\nx-forwarded-for: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.send(&request).await
    }

    /// A page that must be there.
    pub async fn page(&mut self, path: &str) -> Result<Answer> {
        let answer = self.get(path).await?;
        if answer.status == 200 {
            Ok(answer)
        } else {
            Err(Error::internal(format!("{path} answers {}", answer.status)))
        }
    }

    async fn send(&mut self, request: &str) -> Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes()).await.map_err(lost)?;
        let (mut status, mut length, mut chunked) = (0, 0_usize, false);
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await.map_err(lost)? == 0 {
                return Err(Error::Unavailable("the server closed the connection".into()));
            }
            let text = line.trim_end();
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if text.is_empty() {
                break;
            } else if let Some((name, value)) = text.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap_or(0);
                } else if name.eq_ignore_ascii_case("transfer-encoding") {
                    chunked = value.trim().eq_ignore_ascii_case("chunked");
                }
            }
        }
        let body = if chunked { self.chunks().await? } else { self.exactly(length).await? };
        Ok(Answer { status, body })
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.map_err(lost)?;
        Ok(body)
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await.map_err(lost)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(Error::internal)?;
            let part = self.exactly(size).await?;
            self.stream.read_line(&mut line).await.map_err(lost)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(part);
        }
    }
}
