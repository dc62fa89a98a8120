;; One step of the recurrent layers on rows of float32: sums of the gates, their curves, the new states. 128-bit SIMD, two
;; doubles at a time; recurrent-engine.ts copies the rows in and out. `npm run assemble` writes recurrent-binary.ts from this file.
;;
;; In `work` every gate has room for an even number of doubles, so that the last pair may reach one past the hidden size. Pairs of
;; float32 written there reach into the row that is written next, or past the last one, where the engine leaves room.
(module
  (memory (export "memory") 1)

  ;; to[k] = x[k] + y[k] + bias[k], float32 + float32 + float64.
  (func $sums (param $x i32) (param $y i32) (param $bias i32) (param $to i32) (param $n i32)
    (local $stop i32)
    (local.set $stop (i32.add (local.get $x) (i32.shl (local.get $n) (i32.const 2))))
    (loop $pairs
      (v128.store (local.get $to)
        (f64x2.add
          (f64x2.add
            (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $x)))
            (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $y))))
          (v128.load (local.get $bias))))
      (local.set $x (i32.add (local.get $x) (i32.const 8)))
      (local.set $y (i32.add (local.get $y) (i32.const 8)))
      (local.set $bias (i32.add (local.get $bias) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $pairs (i32.lt_u (local.get $x) (local.get $stop)))))

  ;; In place over n doubles: the logistic function s(x), or for `curved` the hyperbolic tangent 2 s(2x) - 1.
  ;; exp(z) is 2^m exp(r) with |r| at most ln(2)/2, exp(r) its series to the 12th power.
  ;; Relative error below 1e-15, of the tangent below 1e-14.
  ;; Near zero the tangent is its own series, because the difference would lose digits. Infinities give the limits, NaN itself.
  (func $curve (param $at i32) (param $n i32) (param $curved i32)
    (local $stop i32)
    (local $scale v128) (local $times v128) (local $minus v128) (local $near v128)
    (local $x v128) (local $z v128) (local $m v128) (local $r v128) (local $r2 v128) (local $r4 v128) (local $e v128) (local $q v128)
    (local.set $stop (i32.add (local.get $at) (i32.shl (local.get $n) (i32.const 3))))
    (local.set $scale (v128.const f64x2 -1 -1))
    (local.set $times (v128.const f64x2 1 1))
    (if (local.get $curved)
      (then
        (local.set $scale (v128.const f64x2 -2 -2))
        (local.set $times (v128.const f64x2 2 2))
        (local.set $minus (v128.const f64x2 1 1))
        (local.set $near (v128.const f64x2 0.02 0.02))))
    (loop $pairs
      (local.set $x (v128.load (local.get $at)))
      ;; The first operand is what a pseudo-minimum gives for NaN.
      (local.set $z
        (f64x2.pmax
          (f64x2.pmin (f64x2.mul (local.get $x) (local.get $scale)) (v128.const f64x2 700 700))
          (v128.const f64x2 -700 -700)))
      ;; Adding 1.5 * 2^52 leaves the nearest whole number in the low bits.
      (local.set $m
        (f64x2.add (v128.const f64x2 6755399441055744 6755399441055744)
          (f64x2.mul (local.get $z) (v128.const f64x2 1.4426950408889634 1.4426950408889634))))
      (local.set $r (f64x2.sub (local.get $m) (v128.const f64x2 6755399441055744 6755399441055744)))
      (local.set $r
        (f64x2.sub
          (f64x2.sub (local.get $z) (f64x2.mul (local.get $r) (v128.const f64x2 0.6931471803691238 0.6931471803691238)))
          (f64x2.mul (local.get $r) (v128.const f64x2 1.9082149292705877e-10 1.9082149292705877e-10))))
      ;; The series in halves, quarters and pairs, so that its steps need not wait for each other.
      (local.set $r2 (f64x2.mul (local.get $r) (local.get $r)))
      (local.set $r4 (f64x2.mul (local.get $r2) (local.get $r2)))
      (local.set $e
        (f64x2.add
          (f64x2.add
            (f64x2.add
              (f64x2.add (v128.const f64x2 1 1) (local.get $r))
              (f64x2.mul (local.get $r2)
                (f64x2.add (v128.const f64x2 0.5 0.5) (f64x2.mul (v128.const f64x2 0.16666666666666666 0.16666666666666666) (local.get $r)))))
            (f64x2.mul (local.get $r4)
              (f64x2.add
                (f64x2.add (v128.const f64x2 0.041666666666666664 0.041666666666666664) (f64x2.mul (v128.const f64x2 0.008333333333333333 0.008333333333333333) (local.get $r)))
                (f64x2.mul (local.get $r2)
                  (f64x2.add (v128.const f64x2 0.001388888888888889 0.001388888888888889) (f64x2.mul (v128.const f64x2 0.0001984126984126984 0.0001984126984126984) (local.get $r)))))))
          (f64x2.mul (f64x2.mul (local.get $r4) (local.get $r4))
            (f64x2.add
              (f64x2.add
                (f64x2.add (v128.const f64x2 2.48015873015873e-05 2.48015873015873e-05) (f64x2.mul (v128.const f64x2 2.7557319223985893e-06 2.7557319223985893e-06) (local.get $r)))
                (f64x2.mul (local.get $r2)
                  (f64x2.add (v128.const f64x2 2.755731922398589e-07 2.755731922398589e-07) (f64x2.mul (v128.const f64x2 2.505210838544172e-08 2.505210838544172e-08) (local.get $r)))))
              (f64x2.mul (local.get $r4) (v128.const f64x2 2.08767569878681e-09 2.08767569878681e-09))))))
      (local.set $e (i64x2.add (local.get $e) (i64x2.shl (local.get $m) (i32.const 52))))
      (local.set $e
        (f64x2.sub
          (f64x2.div (local.get $times) (f64x2.add (v128.const f64x2 1 1) (local.get $e)))
          (local.get $minus)))
      (local.set $q (f64x2.mul (local.get $x) (local.get $x)))
      (local.set $q
        (f64x2.mul (local.get $x)
          (f64x2.sub (v128.const f64x2 1 1)
            (f64x2.mul (local.get $q)
              (f64x2.sub (v128.const f64x2 0.3333333333333333 0.3333333333333333)
                (f64x2.mul (local.get $q)
                  (f64x2.sub (v128.const f64x2 0.13333333333333333 0.13333333333333333)
                    (f64x2.mul (local.get $q) (v128.const f64x2 0.05396825396825397 0.05396825396825397)))))))))
      (v128.store (local.get $at)
        (v128.bitselect (local.get $q) (local.get $e) (f64x2.lt (f64x2.abs (local.get $x)) (local.get $near))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $pairs (i32.lt_u (local.get $at) (local.get $stop)))))

  ;; to[k] = from[k], rounded to float32.
  (func $round (param $from i32) (param $to i32) (param $n i32)
    (local $stop i32)
    (local.set $stop (i32.add (local.get $to) (i32.shl (local.get $n) (i32.const 2))))
    (loop $pairs
      (v128.store64_lane 0 (local.get $to) (f32x4.demote_f64x2_zero (v128.load (local.get $from))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $pairs (i32.lt_u (local.get $to) (local.get $stop)))))

  ;; to = tanh(x + y + bias), [rows, n].
  (func (export "plain") (param $rows i32) (param $n i32) (param $x i32) (param $y i32) (param $bias i32) (param $to i32) (param $work i32)
    (local $row i32)
    (local.set $row (i32.shl (local.get $n) (i32.const 2)))
    (loop $each
      (call $sums (local.get $x) (local.get $y) (local.get $bias) (local.get $work) (local.get $n))
      (call $curve (local.get $work) (local.get $n) (i32.const 1))
      (call $round (local.get $work) (local.get $to) (local.get $n))
      (local.set $x (i32.add (local.get $x) (local.get $row)))
      (local.set $y (i32.add (local.get $y) (local.get $row)))
      (local.set $to (i32.add (local.get $to) (local.get $row)))
      (br_if $each (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Gates i f g o of x + y + bias, [rows, 4n], into gates; cells f c + i g into cellTo, outputs o tanh(cell) into to, [rows, n].
  (func (export "lstm")
    (param $rows i32) (param $n i32) (param $x i32) (param $y i32) (param $bias i32)
    (param $cell i32) (param $gates i32) (param $cellTo i32) (param $to i32) (param $work i32)
    (local $row i32) (local $even i32) (local $room i32) (local $k i32) (local $w i32)
    (local $f i32) (local $g i32) (local $o i32) (local $c v128)
    (local.set $row (i32.shl (local.get $n) (i32.const 2)))
    (local.set $even (i32.and (i32.add (local.get $n) (i32.const 1)) (i32.const -2)))
    (local.set $room (i32.shl (local.get $even) (i32.const 3)))
    (local.set $f (i32.add (local.get $work) (local.get $room)))
    (local.set $g (i32.add (local.get $f) (local.get $room)))
    (local.set $o (i32.add (local.get $g) (local.get $room)))
    (loop $each
      (local.set $k (i32.const 0))
      (local.set $w (i32.const 0))
      (loop $sum
        (call $sums (local.get $x) (local.get $y)
          (i32.add (local.get $bias) (local.get $w)) (i32.add (local.get $work) (local.get $w)) (local.get $n))
        (local.set $x (i32.add (local.get $x) (local.get $row)))
        (local.set $y (i32.add (local.get $y) (local.get $row)))
        (local.set $w (i32.add (local.get $w) (local.get $room)))
        (br_if $sum (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 4))))
      (call $curve (local.get $work) (i32.shl (local.get $even) (i32.const 1)) (i32.const 0))
      (call $curve (local.get $g) (local.get $n) (i32.const 1))
      (call $curve (local.get $o) (local.get $n) (i32.const 0))
      (local.set $k (i32.const 0))
      (local.set $w (local.get $work))
      (loop $store
        (call $round (local.get $w) (local.get $gates) (local.get $n))
        (local.set $gates (i32.add (local.get $gates) (local.get $row)))
        (local.set $w (i32.add (local.get $w) (local.get $room)))
        (br_if $store (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 4))))
      ;; The cell as it is rounded takes the place of gate g, and its curve that of the cell.
      (local.set $k (i32.const 0))
      (local.set $w (i32.const 0))
      (loop $cells
        (local.set $c
          (f32x4.demote_f64x2_zero
            (f64x2.add
              (f64x2.mul
                (v128.load (i32.add (local.get $f) (local.get $w)))
                (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $cell) (local.get $k)))))
              (f64x2.mul
                (v128.load (i32.add (local.get $work) (local.get $w)))
                (v128.load (i32.add (local.get $g) (local.get $w)))))))
        (v128.store64_lane 0 (i32.add (local.get $cellTo) (local.get $k)) (local.get $c))
        (v128.store (i32.add (local.get $g) (local.get $w)) (f64x2.promote_low_f32x4 (local.get $c)))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (br_if $cells (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 8))) (local.get $row))))
      (call $curve (local.get $g) (local.get $n) (i32.const 1))
      (local.set $k (i32.const 0))
      (local.set $w (i32.const 0))
      (loop $outputs
        (v128.store64_lane 0 (i32.add (local.get $to) (local.get $k))
          (f32x4.demote_f64x2_zero
            (f64x2.mul (v128.load (i32.add (local.get $o) (local.get $w))) (v128.load (i32.add (local.get $g) (local.get $w))))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (br_if $outputs (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 8))) (local.get $row))))
      (local.set $cell (i32.add (local.get $cell) (local.get $row)))
      (local.set $cellTo (i32.add (local.get $cellTo) (local.get $row)))
      (local.set $to (i32.add (local.get $to) (local.get $row)))
      (br_if $each (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Gates r z n, [rows, 3n], into gates: r and z of x + y + bias, inner = y + within, n = tanh(x + bias + r inner). Inner into
  ;; inner, n + z (h - n) into to, [rows, n]. `bias` has three gates, `within` one.
  (func (export "gru")
    (param $rows i32) (param $n i32) (param $x i32) (param $y i32) (param $bias i32) (param $within i32)
    (param $h i32) (param $gates i32) (param $inner i32) (param $to i32) (param $work i32)
    (local $row i32) (local $even i32) (local $room i32) (local $k i32) (local $w i32) (local $z i32) (local $new i32) (local $v v128)
    (local.set $row (i32.shl (local.get $n) (i32.const 2)))
    (local.set $even (i32.and (i32.add (local.get $n) (i32.const 1)) (i32.const -2)))
    (local.set $room (i32.shl (local.get $even) (i32.const 3)))
    (local.set $z (i32.add (local.get $work) (local.get $room)))
    (local.set $new (i32.add (local.get $z) (local.get $room)))
    (loop $each
      (call $sums (local.get $x) (local.get $y) (local.get $bias) (local.get $work) (local.get $n))
      (local.set $x (i32.add (local.get $x) (local.get $row)))
      (local.set $y (i32.add (local.get $y) (local.get $row)))
      (call $sums (local.get $x) (local.get $y) (i32.add (local.get $bias) (local.get $room)) (local.get $z) (local.get $n))
      (local.set $x (i32.add (local.get $x) (local.get $row)))
      (local.set $y (i32.add (local.get $y) (local.get $row)))
      (call $curve (local.get $work) (i32.shl (local.get $even) (i32.const 1)) (i32.const 0))
      (local.set $k (i32.const 0))
      (local.set $w (i32.const 0))
      (loop $inners
        (local.set $v
          (f64x2.add
            (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $y) (local.get $k))))
            (v128.load (i32.add (local.get $within) (local.get $w)))))
        (v128.store64_lane 0 (i32.add (local.get $inner) (local.get $k)) (f32x4.demote_f64x2_zero (local.get $v)))
        (v128.store (i32.add (local.get $new) (local.get $w))
          (f64x2.add
            (f64x2.add
              (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $x) (local.get $k))))
              (v128.load (i32.add (i32.add (local.get $bias) (i32.shl (local.get $room) (i32.const 1))) (local.get $w))))
            (f64x2.mul (v128.load (i32.add (local.get $work) (local.get $w))) (local.get $v))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (br_if $inners (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 8))) (local.get $row))))
      (call $curve (local.get $new) (local.get $n) (i32.const 1))
      (local.set $k (i32.const 0))
      (local.set $w (i32.const 0))
      (loop $outputs
        (local.set $v (v128.load (i32.add (local.get $new) (local.get $w))))
        (v128.store64_lane 0 (i32.add (local.get $to) (local.get $k))
          (f32x4.demote_f64x2_zero
            (f64x2.add (local.get $v)
              (f64x2.mul
                (v128.load (i32.add (local.get $z) (local.get $w)))
                (f64x2.sub
                  (f64x2.promote_low_f32x4 (v128.load64_zero (i32.add (local.get $h) (local.get $k))))
                  (local.get $v))))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (br_if $outputs (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 8))) (local.get $row))))
      (call $round (local.get $work) (local.get $gates) (local.get $n))
      (local.set $gates (i32.add (local.get $gates) (local.get $row)))
      (call $round (local.get $z) (local.get $gates) (local.get $n))
      (local.set $gates (i32.add (local.get $gates) (local.get $row)))
      (call $round (local.get $new) (local.get $gates) (local.get $n))
      (local.set $gates (i32.add (local.get $gates) (local.get $row)))
      (local.set $x (i32.add (local.get $x) (local.get $row)))
      (local.set $y (i32.add (local.get $y) (local.get $row)))
      (local.set $h (i32.add (local.get $h) (local.get $row)))
      (local.set $inner (i32.add (local.get $inner) (local.get $row)))
      (local.set $to (i32.add (local.get $to) (local.get $row)))
      (br_if $each (local.tee $rows (i32.sub (local.get $rows) (i32.const 1)))))))
