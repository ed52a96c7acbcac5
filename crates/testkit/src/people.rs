use crate::TestCentre;
use duty::staff::{self, NewPost, NewStaff};
use jiff::{SignedDuration, civil::date};
use kernel::{Role, StaffId, UnitId};

/// A member of staff in the making: one post, perhaps a phone, perhaps on duty.
pub struct StaffBuilder<'a> {
    centre: &'a TestCentre,
    name: String,
    unit: Option<UnitId>,
    role: Role,
    head: bool,
    phone: Option<String>,
    email: Option<String>,
    on_duty: Option<SignedDuration>,
}

impl<'a> StaffBuilder<'a> {
    pub(crate) fn new(centre: &'a TestCentre, name: &str) -> Self {
        Self {
            centre,
            name: name.to_owned(),
            unit: None,
            role: Role::WardOfficial,
            head: false,
            phone: None,
            email: None,
            on_duty: None,
        }
    }

    #[must_use]
    pub fn at(mut self, unit: UnitId, role: Role) -> Self {
        self.unit = Some(unit);
        self.role = role;
        self
    }

    #[must_use]
    pub fn head(mut self) -> Self {
        self.head = true;
        self
    }

    #[must_use]
    pub fn phone(mut self, e164: &str) -> Self {
        self.phone = Some(e164.to_owned());
        self
    }

    #[must_use]
    pub fn email(mut self, address: &str) -> Self {
        self.email = Some(address.to_owned());
        self
    }

    /// On duty from an hour ago, for ten days.
    #[must_use]
    pub fn on_duty(mut self) -> Self {
        self.on_duty = Some(SignedDuration::from_hours(240));
        self
    }

    pub async fn create(self) -> StaffId {
        let mut cx = self.centre.system().await;
        let code = format!("CB{}", cx.rng().code(6));
        let new = NewStaff {
            code,
            search: self.name.to_lowercase(),
            full_name: self.name,
            phone: self.phone,
            email: self.email,
            active_from: date(2021, 1, 1),
        };
        let id = staff::insert(&mut cx, &new).await.expect("staff is written");
        if let Some(unit) = self.unit {
            let post = NewPost {
                staff: id,
                unit,
                role: self.role,
                title: "Cán bộ".into(),
                title_en: "Official".into(),
                head: self.head,
                on_call: self.on_duty.is_some(),
                valid_from: date(2021, 1, 1),
            };
            staff::insert_post(&mut cx, &post).await.expect("the post is written");
            if let Some(length) = self.on_duty {
                let from = cx.now() - SignedDuration::from_hours(1);
                staff::insert_shift(&mut cx, unit, id, from, from + length, 0)
                    .await
                    .expect("the shift is written");
            }
        }
        cx.commit().await.expect("staff is kept");
        id
    }
}
