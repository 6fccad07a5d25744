/// `;name=value` parameters in order; names compare without case. Quoted values are kept unquoted, and quoted again when printed if they need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Params(Vec<(String, Option<String>)>);
impl Params {
    /// `None`: absent. `Some(None)`: a flag. `Some(Some(v))`: a value.
    pub fn get(&self, _name: &str) -> Option<Option<&str>> {
        todo!()
    }
    /// The value, if there is one.
    pub fn value(&self, _name: &str) -> Option<&str> {
        todo!()
    }
    pub fn has(&self, _name: &str) -> bool {
        todo!()
    }
    /// Replaces or appends.
    pub fn set(&mut self, _name: &str, _value: Option<&str>) {
        todo!()
    }
    pub fn remove(&mut self, _name: &str) {
        todo!()
    }
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_deref()))
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
