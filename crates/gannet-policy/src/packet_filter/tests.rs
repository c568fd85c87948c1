//! Which link types are told of.

use gannet::LinkType;

use super::POLICY;
use crate::testing::Play;

#[test]
fn a_link_type_without_filters_is_told_once() {
    for (link, told) in [(195, true), (253, true), (1, false), (101, false), (239, false)] {
        let mut play = Play::default();
        play.link = Some(LinkType(link));
        play.udp(0.0, "10.0.0.1:1", "10.0.0.2:2", b"x").udp(1.0, "10.0.0.3:1", "10.0.0.2:2", b"x");
        let rows = play.notices(&POLICY);
        assert_eq!(rows.len(), usize::from(told), "{link}: {rows:?}");
        if let Some(row) = rows.first() {
            let text = "note=PacketFilter::Install_Failure msg=\"Installing packet filter failed\" sub=\"ip or not ip\"";
            assert_eq!(row, &format!("ts=-1600000000.00 {text}"));
        }
    }
}
