//! People and pictures that the stories share.

use ::town::reports::{self, Channel, NewReport, Submitted, Track};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kernel::{Actor, Result, Role, StaffId, UnitId};
use std::io::Cursor;
use testkit::TestCentre;

/// Tân Phong's committee, the centre, and the district's duty leader.
pub struct Town {
    pub centre: TestCentre,
    pub ward: UnitId,
    pub clerk: StaffId,
    pub chair: StaffId,
    pub operator: StaffId,
    pub leader: StaffId,
}

impl Town {
    pub async fn new() -> Self {
        let centre = TestCentre::new().await;
        let (ward, desk, leaders) =
            (centre.unit("TPHONG").await, centre.unit("TTDH").await, centre.unit("LDQ").await);
        let clerk = centre.staff("Trực ủy ban").at(ward, Role::WardOfficial).on_duty().create().await;
        let chair = centre.staff("Chủ tịch phường").at(ward, Role::WardLeader).head().create().await;
        let operator = centre.staff("Điện thoại viên").at(desk, Role::Operator).on_duty().create().await;
        let leader = centre.staff("Lãnh đạo trực").at(leaders, Role::DistrictLeader).on_duty().create().await;
        Self { centre, ward, clerk, chair, operator, leader }
    }

    /// Rubbish behind the market, from a resident who leaves his phone.
    pub fn rubbish(&self, key: &str) -> NewReport {
        NewReport {
            key: key.into(),
            channel: Some(Channel::Web),
            category: "rubbish".into(),
            ward: Some(self.ward),
            address: "Sau chợ Tân Phong, hẻm 12".into(),
            point: Some((10.7296, 106.7055)),
            details: "Rác chất đống sau chợ ba ngày nay, bốc mùi.".into(),
            name: "Lê Thị Thử".into(),
            phone: "0903 123 456".into(),
            ..NewReport::default()
        }
    }

    pub async fn submit(&self, new: NewReport) -> Result<Submitted> {
        let mut cx = self.centre.begin(Actor::public()).await;
        let submitted = reports::submit(&mut cx, &self.centre.tenant, new).await?;
        cx.commit().await?;
        Ok(submitted)
    }

    pub async fn track(&self, code: &str) -> Result<Track> {
        let mut cx = self.centre.begin(Actor::public()).await;
        reports::track(&mut cx, code).await
    }

    pub async fn answer(&self, by: StaffId, submitted: &Submitted) -> Result<()> {
        let mut cx = self.centre.as_staff(by).await;
        reports::answer(&mut cx, submitted.id, "Đã thu gom rác, rửa nền và rắc vôi khử mùi.", None).await?;
        cx.commit().await
    }

    pub async fn contest(&self, submitted: &Submitted) -> Result<()> {
        let mut cx = self.centre.begin(Actor::public()).await;
        let code = submitted.code.to_string();
        reports::contest(&mut cx, &self.centre.tenant, &code, "Rác vẫn còn nguyên.").await?;
        cx.commit().await
    }

    pub async fn rate(&self, submitted: &Submitted, score: u8, satisfied: bool) -> Result<()> {
        let mut cx = self.centre.begin(Actor::public()).await;
        reports::rate(&mut cx, &submitted.code.to_string(), score, satisfied).await?;
        cx.commit().await
    }
}

/// A picture with some life in it, so that its file has a scan worth cutting.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut out, format).expect("a picture is written");
    out.into_inner()
}
