//! Union-find: which of many things hang together, and which name a group keeps.

use kernel::ClusterId;
use std::collections::BTreeMap;

/// Disjoint sets of the numbers below `len`; the smaller joins the larger.
pub(super) struct Sets {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl Sets {
    pub(super) fn new(len: usize) -> Self {
        Self { parent: (0..len).collect(), size: vec![1; len] }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    pub(super) fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.root(one), self.root(two));
        if one == two {
            return;
        }
        let (large, small) = if self.size[one] >= self.size[two] { (one, two) } else { (two, one) };
        self.parent[small] = large;
        self.size[large] += self.size[small];
    }

    /// The sets of two and more, each in rising order, by their first.
    pub(super) fn groups(mut self) -> Vec<Vec<usize>> {
        let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.parent.len() {
            let root = self.root(at);
            of.entry(root).or_default().push(at);
        }
        let mut groups: Vec<Vec<usize>> = of.into_values().filter(|group| group.len() > 1).collect();
        groups.sort_unstable();
        groups
    }
}

/// Which cluster each group goes on as: the one of which it holds the most cases, and none twice; `None`
/// is a new one. `of` is the cluster of each thing before.
pub(super) fn names(groups: &[Vec<usize>], of: &[Option<ClusterId>]) -> Vec<Option<ClusterId>> {
    let mut held: BTreeMap<(usize, ClusterId), usize> = BTreeMap::new();
    for (group, members) in groups.iter().enumerate() {
        for cluster in members.iter().filter_map(|at| of[*at]) {
            *held.entry((group, cluster)).or_default() += 1;
        }
    }
    let mut claims: Vec<(usize, usize, ClusterId)> =
        held.into_iter().map(|((group, cluster), n)| (n, group, cluster)).collect();
    // The largest claim first; among equals the older cluster.
    claims.sort_by_key(|(n, group, cluster)| (std::cmp::Reverse(*n), *cluster, *group));
    let mut names = vec![None; groups.len()];
    for (_, group, cluster) in claims {
        if names[group].is_none() && !names.contains(&Some(cluster)) {
            names[group] = Some(cluster);
        }
    }
    names
}
