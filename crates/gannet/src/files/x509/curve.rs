//! Whether a public key is a point of its curve: SEC 1, sections 2.3.4 and 3.2.2, which RFC 5480, section 2.2, builds on.

use super::curve_table::CURVES;

/// Words of a number: the largest field has 521 bits.
const WORDS: usize = 9;

/// Whether a point in the form of SEC 1, section 2.3.3, is one of the curve with this number. What is not known does not
/// speak against it: curves over binary fields are not looked at.
pub(super) fn may_hold(dotted: &str, point: &[u8]) -> bool {
    let known = CURVES.binary_search_by(|(number, _)| number.cmp(&dotted)).ok().and_then(|at| CURVES.get(at));
    known.and_then(|(_, digits)| Curve::new(digits)).is_none_or(|curve| curve.holds(point).is_some())
}

/// y² = x³ + ax + b over a prime field.
struct Curve {
    prime: Number,
    a: Number,
    b: Number,
    /// What the lowest word of a product has to be taken times to get rid of it: -1/prime modulo 2⁶⁴.
    inverse: u64,
}

/// A number below 2⁵⁷⁶, its lowest word first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Number([u64; WORDS]);

impl Curve {
    fn new(digits: &[&str; 3]) -> Option<Self> {
        let [prime, a, b] = digits.map(Number::from_digits);
        let prime = prime?;
        Some(Self { prime, a: a?, b: b?, inverse: negative_inverse(prime.low()) })
    }

    /// Something, if the point is on the curve.
    fn holds(&self, point: &[u8]) -> Option<()> {
        let (form, coordinates) = point.split_first()?;
        if *form == 0 {
            return coordinates.is_empty().then_some(());
        }
        let size = self.prime.bits().div_ceil(8);
        let x = self.coordinate(coordinates.get(..size)?)?;
        let rest = coordinates.get(size..)?;
        let right = self.right_side(&x);
        if matches!(form, 2 | 3) {
            let is_square = match symbol(right, self.prime) {
                0 => *form == 2,
                sign => sign > 0,
            };
            return (rest.is_empty() && is_square).then_some(());
        }
        let y = self.coordinate(rest).filter(|_| rest.len() == size)?;
        let parity_fits = match form {
            4 => true,
            6 | 7 => u64::from(form & 1) == y.low() & 1,
            _ => false,
        };
        let left = self.times(&self.times(&y, &y), &Number::ONE);
        (parity_fits && left == right).then_some(())
    }

    /// A coordinate: a number of the field.
    fn coordinate(&self, bytes: &[u8]) -> Option<Number> {
        Number::from_bytes(bytes).filter(|number| number.is_below(&self.prime))
    }

    /// x³ + ax + b, taken twice by Montgomery's factor, as the left side is: whether it is a square stays the same.
    fn right_side(&self, x: &Number) -> Number {
        let lowered = |number: &Number| self.times(number, &Number::ONE);
        let slope = self.sum(&self.times(x, x), &lowered(&self.a));
        self.sum(&self.times(&slope, x), &lowered(&lowered(&self.b)))
    }

    fn sum(&self, one: &Number, other: &Number) -> Number {
        one.plus(other).reduced(&self.prime)
    }

    /// Montgomery's product: both numbers times each other, over 2⁵⁷⁶.
    fn times(&self, one: &Number, other: &Number) -> Number {
        let mut sum = [0; WORDS + 1];
        for word in one.0 {
            add_product(&mut sum, word, other);
            let word = sum.first().map_or(0, |low| low.wrapping_mul(self.inverse));
            add_product(&mut sum, word, &self.prime);
            sum.rotate_left(1);
        }
        let mut product = Number::ONE;
        product.0.iter_mut().zip(sum).for_each(|(place, word)| *place = word);
        product.reduced(&self.prime)
    }
}

/// Adds a word times a number.
fn add_product(sum: &mut [u64; WORDS + 1], word: u64, number: &Number) {
    let mut carry = 0;
    for (place, other) in sum.iter_mut().zip(number.0.iter().chain([&0])) {
        let total = u128::from(word) * u128::from(*other) + u128::from(*place) + carry;
        *place = total as u64;
        carry = total >> 64;
    }
}

/// -1/number modulo 2⁶⁴, for an odd number: each step of Newton's doubles the bits that are right.
fn negative_inverse(number: u64) -> u64 {
    let mut inverse = number;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(number.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

/// Jacobi's symbol of a number over an odd one: 1 if it is a square modulo that prime, -1 if not, 0 if it is a multiple.
fn symbol(mut number: Number, mut odd: Number) -> i8 {
    let mut sign = 1;
    while number != Number::ZERO {
        while number.low() & 1 == 0 {
            number = number.half();
            if matches!(odd.low() & 7, 3 | 5) {
                sign = -sign;
            }
        }
        if number.is_below(&odd) {
            std::mem::swap(&mut number, &mut odd);
            if number.low() & 3 == 3 && odd.low() & 3 == 3 {
                sign = -sign;
            }
        }
        number = number.minus(&odd);
    }
    if odd == Number::ONE { sign } else { 0 }
}

impl Number {
    const ZERO: Self = Self([0; WORDS]);
    const ONE: Self = Self([1, 0, 0, 0, 0, 0, 0, 0, 0]);

    fn from_digits(digits: &str) -> Option<Self> {
        let values = digits.chars().map(|digit| digit.to_digit(16));
        values.rev().enumerate().try_fold(Self::ZERO, |number, (at, value)| number.with(at, 4, value?.into()))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let values = bytes.iter().rev().enumerate();
        values.into_iter().try_fold(Self::ZERO, |number, (at, byte)| number.with(at, 8, (*byte).into()))
    }

    /// With a digit of so many bits at a place; nothing if there is no such place.
    fn with(mut self, at: usize, bits: usize, value: u64) -> Option<Self> {
        *self.0.get_mut(at * bits / 64)? |= value << (at * bits % 64);
        Some(self)
    }

    fn low(&self) -> u64 {
        self.0.first().copied().unwrap_or_default()
    }

    fn bits(&self) -> usize {
        let top = self.0.iter().enumerate().rev().find(|(_, word)| **word != 0);
        top.map_or(0, |(at, word)| (at + 1) * 64 - word.leading_zeros() as usize)
    }

    fn is_below(&self, other: &Self) -> bool {
        self.0.iter().rev().lt(other.0.iter().rev())
    }

    fn plus(mut self, other: &Self) -> Self {
        let mut carry = false;
        for (place, word) in self.0.iter_mut().zip(other.0) {
            let (sum, first) = place.overflowing_add(word);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *place = sum;
            carry = first | second;
        }
        self
    }

    fn minus(mut self, other: &Self) -> Self {
        let mut borrow = false;
        for (place, word) in self.0.iter_mut().zip(other.0) {
            let (rest, first) = place.overflowing_sub(word);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            *place = rest;
            borrow = first | second;
        }
        self
    }

    /// Half of it, rounded down.
    fn half(mut self) -> Self {
        let mut carry = 0;
        for place in self.0.iter_mut().rev() {
            let low = *place << 63;
            *place = *place >> 1 | carry;
            carry = low;
        }
        self
    }

    /// The rest of what is below two times the prime.
    fn reduced(self, prime: &Self) -> Self {
        if self.is_below(prime) { self } else { self.minus(prime) }
    }
}
