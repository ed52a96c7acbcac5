use super::{Line, Unit, UnitKind, sql};
use jiff::civil::Date;
use kernel::{Error, Result, TenantId, UnitId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, PoisonError, RwLock},
};
use store::Cx;

/// The units of a tenant on one day, small enough to hold whole (a district has some hundreds).
#[derive(Debug)]
pub struct Tree {
    units: BTreeMap<UnitId, Unit>,
    by_code: BTreeMap<String, UnitId>,
    in_ward: BTreeMap<(UnitId, UnitKind), UnitId>,
    children: BTreeMap<UnitId, BTreeSet<UnitId>>,
    duty_leader: UnitId,
    director: UnitId,
    day: Date,
}

impl Tree {
    pub fn new(units: Vec<Unit>, duty_leader: &str, director: &str, day: Date) -> Result<Self> {
        let by_code: BTreeMap<_, _> = units.iter().map(|unit| (unit.code.clone(), unit.id)).collect();
        let named = |code: &str| {
            by_code
                .get(code)
                .copied()
                .ok_or_else(|| Error::internal(format!("the tenant has no unit {code}")))
        };
        let (duty_leader, director) = (named(duty_leader)?, named(director)?);
        let mut in_ward = BTreeMap::new();
        let mut children: BTreeMap<UnitId, BTreeSet<UnitId>> = BTreeMap::new();
        for unit in &units {
            if let Some(ward) = unit.ward {
                // A ward may have several quarters; the first by code stands for "the" unit of a kind.
                in_ward.entry((ward, unit.kind)).or_insert(unit.id);
            }
            for parent in [unit.administrative, unit.professional].into_iter().flatten() {
                children.entry(parent).or_default().insert(unit.id);
            }
        }
        let units = units.into_iter().map(|unit| (unit.id, unit)).collect();
        Ok(Self { units, by_code, in_ward, children, duty_leader, director, day })
    }

    pub fn get(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    /// The unit, or `NotFound`: an id of another tenant names nothing here.
    pub fn unit(&self, id: UnitId) -> Result<&Unit> {
        self.get(id).ok_or(Error::NotFound)
    }

    pub fn by_code(&self, code: &str) -> Option<&Unit> {
        self.by_code.get(code).and_then(|id| self.get(*id))
    }

    pub fn in_ward(&self, ward: UnitId, kind: UnitKind) -> Option<UnitId> {
        if kind == UnitKind::Ward { Some(ward) } else { self.in_ward.get(&(ward, kind)).copied() }
    }

    /// Every unit of a kind in a ward, in order of code: a ward may have several care teams, of which
    /// [`Self::in_ward`] names the first.
    pub fn all_in_ward(&self, ward: UnitId, kind: UnitKind) -> impl Iterator<Item = &Unit> {
        let in_order = self.by_code.values().filter_map(|id| self.get(*id));
        in_order.filter(move |unit| unit.ward == Some(ward) && unit.kind == kind)
    }

    pub fn duty_leader(&self) -> UnitId {
        self.duty_leader
    }

    pub fn director(&self) -> UnitId {
        self.director
    }

    /// The day on which the units are these.
    pub fn day(&self) -> Date {
        self.day
    }

    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    pub fn wards(&self) -> impl Iterator<Item = &Unit> {
        self.iter().filter(|unit| unit.kind == UnitKind::Ward)
    }

    pub fn children(&self, id: UnitId) -> impl Iterator<Item = &Unit> {
        self.children.get(&id).into_iter().flatten().filter_map(|child| self.get(*child))
    }

    /// The parents of a unit in one line, nearest first.
    pub fn above(&self, id: UnitId, line: Line) -> Vec<UnitId> {
        let mut path = Vec::new();
        let mut at = id;
        while let Some(parent) = self.get(at).and_then(|unit| unit.parent(line)) {
            if path.contains(&parent) {
                break;
            }
            path.push(parent);
            at = parent;
        }
        path
    }

    /// A unit and everything below it in either line. The leaders of a committee reach what the
    /// committee reaches: they are a unit of their own beside it.
    pub fn reach(&self, id: UnitId) -> BTreeSet<UnitId> {
        let mut reached = BTreeSet::from([id]);
        let mut open = vec![id];
        if let Some(unit) = self.get(id)
            && matches!(unit.kind, UnitKind::Leaders | UnitKind::Centre)
            && let Some(committee) = unit.administrative
        {
            open.push(committee);
            reached.insert(committee);
        }
        while let Some(at) = open.pop() {
            for child in self.children.get(&at).into_iter().flatten() {
                if reached.insert(*child) {
                    open.push(*child);
                }
            }
        }
        reached
    }
}

type Cached = BTreeMap<TenantId, (i64, Date, Arc<Tree>)>;
static TREES: LazyLock<RwLock<Cached>> = LazyLock::new(RwLock::default);

/// The tree of a version and day, when this process holds it: saves the asking for who has just
/// read the tenant's version anyway.
pub fn known_tree(tenant: TenantId, version: i64, day: Date) -> Option<Arc<Tree>> {
    let cached = TREES.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
    cached.filter(|(held, of, _)| (*held, *of) == (version, day)).map(|(_, _, tree)| tree)
}

/// The tree of today; read again only when the tenant's version has risen or the day has changed.
pub async fn tree(cx: &mut Cx) -> Result<Arc<Tree>> {
    let tenant = cx.tenant();
    let known = sql::version(cx).await?;
    let today = cx.now().to_zoned(known.timezone()?).date();
    if let Some(tree) = known_tree(tenant, known.version, today) {
        return Ok(tree);
    }
    let units = sql::units_on(cx, today).await?;
    let tree = Arc::new(Tree::new(units, &known.duty_leader, &known.director, today)?);
    TREES
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(tenant, (known.version, today, tree.clone()));
    Ok(tree)
}
