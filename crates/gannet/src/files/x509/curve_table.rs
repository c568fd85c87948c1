//! Curves over prime fields that OpenSSL 3.0 knows by name: SEC 2 versions 1 and 2, ANSI X9.62, RFC 5639, GB/T 32918, WTLS.

/// Dotted number, and in hexadecimal digits the prime of the field and the coefficients of y² = x³ + ax + b; sorted by the
/// number's text.
#[rustfmt::skip]
pub(super) static CURVES: &[(&str, [&str; 3])] = &[
    // SM2
    ("1.2.156.10197.1.301", [
        "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff",
        "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc",
        "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93",
    ]),
    // prime192v1
    ("1.2.840.10045.3.1.1", [
        "fffffffffffffffffffffffffffffffeffffffffffffffff",
        "fffffffffffffffffffffffffffffffefffffffffffffffc",
        "64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1",
    ]),
    // prime192v2
    ("1.2.840.10045.3.1.2", [
        "fffffffffffffffffffffffffffffffeffffffffffffffff",
        "fffffffffffffffffffffffffffffffefffffffffffffffc",
        "cc22d6dfb95c6b25e49c0d6364a4e5980c393aa21668d953",
    ]),
    // prime192v3
    ("1.2.840.10045.3.1.3", [
        "fffffffffffffffffffffffffffffffeffffffffffffffff",
        "fffffffffffffffffffffffffffffffefffffffffffffffc",
        "22123dc2395a05caa7423daeccc94760a7d462256bd56916",
    ]),
    // prime239v1
    ("1.2.840.10045.3.1.4", [
        "7fffffffffffffffffffffff7fffffffffff8000000000007fffffffffff",
        "7fffffffffffffffffffffff7fffffffffff8000000000007ffffffffffc",
        "6b016c3bdcf18941d0d654921475ca71a9db2fb27d1d37796185c2942c0a",
    ]),
    // prime239v2
    ("1.2.840.10045.3.1.5", [
        "7fffffffffffffffffffffff7fffffffffff8000000000007fffffffffff",
        "7fffffffffffffffffffffff7fffffffffff8000000000007ffffffffffc",
        "617fab6832576cbbfed50d99f0249c3fee58b94ba0038c7ae84c8c832f2c",
    ]),
    // prime239v3
    ("1.2.840.10045.3.1.6", [
        "7fffffffffffffffffffffff7fffffffffff8000000000007fffffffffff",
        "7fffffffffffffffffffffff7fffffffffff8000000000007ffffffffffc",
        "255705fa2a306654b1f4cb03d6a750a30c250102d4988717d9ba15ab6d3e",
    ]),
    // prime256v1
    ("1.2.840.10045.3.1.7", [
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    ]),
    // secp256k1
    ("1.3.132.0.10", [
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        "0",
        "7",
    ]),
    // secp128r1
    ("1.3.132.0.28", [
        "fffffffdffffffffffffffffffffffff",
        "fffffffdfffffffffffffffffffffffc",
        "e87579c11079f43dd824993c2cee5ed3",
    ]),
    // secp128r2
    ("1.3.132.0.29", [
        "fffffffdffffffffffffffffffffffff",
        "d6031998d1b3bbfebf59cc9bbff9aee1",
        "5eeefca380d02919dc2c6558bb6d8a5d",
    ]),
    // secp160r2
    ("1.3.132.0.30", [
        "fffffffffffffffffffffffffffffffeffffac73",
        "fffffffffffffffffffffffffffffffeffffac70",
        "b4e134d3fb59eb8bab57274904664d5af50388ba",
    ]),
    // secp192k1
    ("1.3.132.0.31", [
        "fffffffffffffffffffffffffffffffffffffffeffffee37",
        "0",
        "3",
    ]),
    // secp224k1
    ("1.3.132.0.32", [
        "fffffffffffffffffffffffffffffffffffffffffffffffeffffe56d",
        "0",
        "5",
    ]),
    // secp224r1
    ("1.3.132.0.33", [
        "ffffffffffffffffffffffffffffffff000000000000000000000001",
        "fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
        "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
    ]),
    // secp384r1
    ("1.3.132.0.34", [
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    ]),
    // secp521r1
    ("1.3.132.0.35", [
        "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
        "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    ]),
    // secp112r1
    ("1.3.132.0.6", [
        "db7c2abf62e35e668076bead208b",
        "db7c2abf62e35e668076bead2088",
        "659ef8ba043916eede8911702b22",
    ]),
    // secp112r2
    ("1.3.132.0.7", [
        "db7c2abf62e35e668076bead208b",
        "6127c24c05f38a0aaaf65c0ef02c",
        "51def1815db5ed74fcc34c85d709",
    ]),
    // secp160r1
    ("1.3.132.0.8", [
        "ffffffffffffffffffffffffffffffff7fffffff",
        "ffffffffffffffffffffffffffffffff7ffffffc",
        "1c97befc54bd7a8b65acf89f81d4d4adc565fa45",
    ]),
    // secp160k1
    ("1.3.132.0.9", [
        "fffffffffffffffffffffffffffffffeffffac73",
        "0",
        "7",
    ]),
    // brainpoolP160r1
    ("1.3.36.3.3.2.8.1.1.1", [
        "e95e4a5f737059dc60dfc7ad95b3d8139515620f",
        "340e7be2a280eb74e2be61bada745d97e8f7c300",
        "1e589a8595423412134faa2dbdec95c8d8675e58",
    ]),
    // brainpoolP320t1
    ("1.3.36.3.3.2.8.1.1.10", [
        "d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
        "d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e24",
        "a7f561e038eb1ed560b3d147db782013064c19f27ed27c6780aaf77fb8a547ceb5b4fef422340353",
    ]),
    // brainpoolP384r1
    ("1.3.36.3.3.2.8.1.1.11", [
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
        "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
        "4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
    ]),
    // brainpoolP384t1
    ("1.3.36.3.3.2.8.1.1.12", [
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
        "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec50",
        "7f519eada7bda81bd826dba647910f8c4b9346ed8ccdc64e4b1abd11756dce1d2074aa263b88805ced70355a33b471ee",
    ]),
    // brainpoolP512r1
    ("1.3.36.3.3.2.8.1.1.13", [
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
        "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
        "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
    ]),
    // brainpoolP512t1
    ("1.3.36.3.3.2.8.1.1.14", [
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
        "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f0",
        "7cbbbcf9441cfab76e1890e46884eae321f70c0bcb4981527897504bec3e36a62bcdfa2304976540f6450085f2dae145c22553b465763689180ea2571867423e",
    ]),
    // brainpoolP160t1
    ("1.3.36.3.3.2.8.1.1.2", [
        "e95e4a5f737059dc60dfc7ad95b3d8139515620f",
        "e95e4a5f737059dc60dfc7ad95b3d8139515620c",
        "7a556b6dae535b7b51ed2c4d7daa7a0b5c55f380",
    ]),
    // brainpoolP192r1
    ("1.3.36.3.3.2.8.1.1.3", [
        "c302f41d932a36cda7a3463093d18db78fce476de1a86297",
        "6a91174076b1e0e19c39c031fe8685c1cae040e5c69a28ef",
        "469a28ef7c28cca3dc721d044f4496bcca7ef4146fbf25c9",
    ]),
    // brainpoolP192t1
    ("1.3.36.3.3.2.8.1.1.4", [
        "c302f41d932a36cda7a3463093d18db78fce476de1a86297",
        "c302f41d932a36cda7a3463093d18db78fce476de1a86294",
        "13d56ffaec78681e68f9deb43b35bec2fb68542e27897b79",
    ]),
    // brainpoolP224r1
    ("1.3.36.3.3.2.8.1.1.5", [
        "d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff",
        "68a5e62ca9ce6c1c299803a6c1530b514e182ad8b0042a59cad29f43",
        "2580f63ccfe44138870713b1a92369e33e2135d266dbb372386c400b",
    ]),
    // brainpoolP224t1
    ("1.3.36.3.3.2.8.1.1.6", [
        "d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff",
        "d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0fc",
        "4b337d934104cd7bef271bf60ced1ed20da14c08b3bb64f18a60888d",
    ]),
    // brainpoolP256r1
    ("1.3.36.3.3.2.8.1.1.7", [
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
        "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
    ]),
    // brainpoolP256t1
    ("1.3.36.3.3.2.8.1.1.8", [
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5374",
        "662c61c430d84ea4fe66a7733d0b76b7bf93ebc4af2f49256ae58101fee92b04",
    ]),
    // brainpoolP320r1
    ("1.3.36.3.3.2.8.1.1.9", [
        "d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
        "3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
        "520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6",
    ]),
    // wap-wsg-idm-ecid-wtls12
    ("2.23.43.1.4.12", [
        "ffffffffffffffffffffffffffffffff000000000000000000000001",
        "fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
        "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
    ]),
    // wap-wsg-idm-ecid-wtls6
    ("2.23.43.1.4.6", [
        "db7c2abf62e35e668076bead208b",
        "db7c2abf62e35e668076bead2088",
        "659ef8ba043916eede8911702b22",
    ]),
    // wap-wsg-idm-ecid-wtls7
    ("2.23.43.1.4.7", [
        "fffffffffffffffffffffffffffffffeffffac73",
        "fffffffffffffffffffffffffffffffeffffac70",
        "b4e134d3fb59eb8bab57274904664d5af50388ba",
    ]),
    // wap-wsg-idm-ecid-wtls8
    ("2.23.43.1.4.8", [
        "fffffffffffffffffffffffffde7",
        "0",
        "3",
    ]),
    // wap-wsg-idm-ecid-wtls9
    ("2.23.43.1.4.9", [
        "fffffffffffffffffffffffffffffffffffc808f",
        "0",
        "3",
    ]),
];
