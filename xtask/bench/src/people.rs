//! Many people at once, named as people of the city are: two in five are Nguyễn, and a few names are
//! borne by hundreds.

use kernel::{Result, TenantId, UnitId};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// Family names as often as they are met among a hundred people, without and with marks.
const FAMILIES: [(&str, &str, usize); 12] = [
    ("nguyen", "Nguyễn", 38),
    ("tran", "Trần", 12),
    ("le", "Lê", 10),
    ("pham", "Phạm", 8),
    ("huynh", "Huỳnh", 7),
    ("phan", "Phan", 5),
    ("vo", "Võ", 5),
    ("dang", "Đặng", 4),
    ("bui", "Bùi", 4),
    ("do", "Đỗ", 3),
    ("ho", "Hồ", 2),
    ("ngo", "Ngô", 2),
];
/// The same of what stands between.
const MIDDLES: [(&str, &str, usize); 10] = [
    ("thi", "Thị", 30),
    ("van", "Văn", 26),
    ("thanh", "Thanh", 8),
    ("minh", "Minh", 7),
    ("ngoc", "Ngọc", 7),
    ("hoang", "Hoàng", 6),
    ("quoc", "Quốc", 5),
    ("thi ngoc", "Thị Ngọc", 5),
    ("gia", "Gia", 3),
    ("huu", "Hữu", 3),
];
/// Given names, each as often as another.
const GIVENS: [(&str, &str); 40] = [
    ("hung", "Hùng"),
    ("dung", "Dũng"),
    ("hoa", "Hòa"),
    ("lan", "Lan"),
    ("mai", "Mai"),
    ("huong", "Hương"),
    ("linh", "Linh"),
    ("trang", "Trang"),
    ("thao", "Thảo"),
    ("nga", "Nga"),
    ("hanh", "Hạnh"),
    ("bich", "Bích"),
    ("dao", "Đào"),
    ("cuc", "Cúc"),
    ("phuong", "Phương"),
    ("anh", "Anh"),
    ("nam", "Nam"),
    ("son", "Sơn"),
    ("tuan", "Tuấn"),
    ("long", "Long"),
    ("phuc", "Phúc"),
    ("khang", "Khang"),
    ("bao", "Bảo"),
    ("an", "An"),
    ("binh", "Bình"),
    ("cuong", "Cường"),
    ("duc", "Đức"),
    ("giang", "Giang"),
    ("hai", "Hải"),
    ("khoa", "Khoa"),
    ("loan", "Loan"),
    ("my", "Mỹ"),
    ("nhung", "Nhung"),
    ("oanh", "Oanh"),
    ("quyen", "Quyên"),
    ("tam", "Tâm"),
    ("uyen", "Uyên"),
    ("vy", "Vy"),
    ("xuan", "Xuân"),
    ("yen", "Yến"),
];

/// A hundred names, each as often as it is met.
fn hundred(names: &[(&'static str, &'static str, usize)]) -> (Vec<String>, Vec<String>) {
    let each = names.iter().flat_map(|(key, shown, often)| std::iter::repeat_n((*key, *shown), *often));
    each.map(|(key, shown)| (key.to_owned(), shown.to_owned())).unzip()
}

/// A name for a number, as the seed gives it.
pub fn name(n: usize) -> String {
    let ((_, families), (_, middles)) = (hundred(&FAMILIES), hundred(&MIDDLES));
    let (n, pick) = (n.wrapping_mul(2_654_435_761), |list: &[String], n: usize| list[n % list.len()].clone());
    let given = GIVENS[(n / 10_007) % GIVENS.len()].1;
    format!("{} {} {given}", pick(&families, n / 13), pick(&middles, n / 1_009))
}

/// Writes people without keys, spread over the wards: a day of birth for four in five, an address, a
/// paper for half of them. Numbers are stand-ins that nobody opens.
pub async fn seed(admin: &mut PgConnection, tenant: TenantId, wards: &[UnitId], count: i32) -> Result<()> {
    let wards: Vec<Uuid> = wards.iter().map(|ward| ward.uuid()).collect();
    let ((family_keys, families), (middle_keys, middles)) = (hundred(&FAMILIES), hundred(&MIDDLES));
    let (given_keys, givens): (Vec<String>, Vec<String>) =
        GIVENS.iter().map(|(key, shown)| ((*key).to_owned(), (*shown).to_owned())).unzip();
    let mut tx = admin.begin().await?;
    // Ids as the program makes them, the time first; numbers that look thrown come from a hash.
    sqlx::query(
        "insert into people (tenant_id, id, full_name, search, birth_year, birth_date, sex, citizen_id_index, address,
                             address_key, ward_id, created_at, updated_at)
         select $1, (lpad(to_hex(1632528000000 + n), 12, '0') || '70008' || substr(md5('p' || n), 1, 15))::uuid,
                ($3::text[])[f] || ' ' || ($5::text[])[m] || ' ' || ($7::text[])[g],
                ($2::text[])[f] || ' ' || ($4::text[])[m] || ' ' || ($6::text[])[g],
                extract(year from born)::smallint, case when n % 5 > 0 then born end,
                case when m < 31 then 'female' else 'male' end,
                case when n % 2 = 0 then decode(md5('c' || n), 'hex') end,
                house || ' Đường số ' || street, house || ' duong so ' || street,
                ($8::uuid[])[1 + n % cardinality($8::uuid[])], now(), now()
         from (select n, 1 + (h & 1023) % 100 as f, 1 + ((h >> 10) & 1023) % 100 as m, 1 + ((h >> 20) & 255) % 40 as g,
                      1 + (k & 2047) % 900 as house, 1 + ((k >> 11) & 255) % 120 as street,
                      date '1936-01-01' + ((k >> 3) & 32767) as born
               from (select n, hashint4(n) & 2147483647 as h, hashint4(n + 7000000) & 2147483647 as k
                     from generate_series(1, $9::int) n) a) b",
    )
    .bind(tenant.uuid())
    .bind(&family_keys)
    .bind(&families)
    .bind(&middle_keys)
    .bind(&middles)
    .bind(&given_keys)
    .bind(&givens)
    .bind(&wards)
    .bind(count)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// What autovacuum would do in its own time.
pub async fn tidy(admin: &mut PgConnection, tables: &[&str]) -> Result<()> {
    for table in tables {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(&mut *admin).await?;
    }
    Ok(())
}
