/* Near copies: a cache in front of the store whose invalidations are late or lost.
 *
 * The source is renewed, rotated or ended; then the copy is invalidated at once, later or never (LOST), and it drops out STALE
 * ticks after it was read in any case. A reader who finds no copy reads the source and fills the copy in a later step, so
 * it may put there what was overtaken meanwhile; with GUARDED a fill that was overtaken is not kept.
 *
 * Without any other switch, whatever is not the current secret of the copy is read again from the source, which leaves the copy as
 * it is, and a write whose load came from a copy verifies its secret against the record that it swaps. README.md has the switches. */

#ifndef N
#define N 2
#endif
#ifndef CHANGES
#define CHANGES 2
#endif
#ifndef STALE
#define STALE 2
#endif
#ifndef PROPS
#define PROPS 255
#endif
#define P(n, e) assert(!(PROPS & (1 << (n))) || (e))
#ifdef FROM_FILL                                         /* a copy ages from its fill on, not from before it was read */
#define AGE 0
#else
#define AGE (ticks - from)
#endif
mtype = { none, renewal, rotation };
byte cur = 1, prev; mtype pk = none; bool gone;          /* what lies at the source */
byte cCur, cPrev, cAge; mtype cPk = none; bool cHas, cGone; byte epoch;   /* what lies in the copy */
byte offAt[CHANGES + 3];                                 /* for the properties: ticks since a secret stopped to open it; 255 is never */
byte done, n, ticks;

inline stop(s) { offAt[s] = 0 }

proctype Changer() {
  byte k;
  do
  :: k < CHANGES ->
    atomic {
      k++;
      if
      :: !gone -> prev = cur; cur++; pk = renewal; offAt[cur] = 255; if :: offAt[prev - 1] == 255 -> stop(prev - 1) :: else fi; printf("renewed: %d, before %d\n", cur, prev)
      :: !gone -> if :: pk == renewal && offAt[prev] == 255 -> stop(prev) :: else fi; stop(cur); prev = cur; cur++; pk = rotation; offAt[cur] = 255; printf("rotated: %d, before %d\n", cur, prev)
#ifdef ENDS
      :: !gone -> gone = 1; stop(cur); if :: offAt[prev] == 255 -> stop(prev) :: else fi; printf("ended\n")
#endif
      :: gone
      fi;
      epoch++
    }
    if
    :: atomic { cHas = 0; printf("the copy is dropped\n") }
#ifdef LOST
    :: printf("the invalidation is lost\n")
#endif
    fi
  :: else -> break
  od;
  done++
}

proctype Reader(byte me) {
  byte s, e, fCur, fPrev; mtype fPk = none; bool fGone, ok, stale, old, wasNewest, fwd, fromCopy, reread; byte wasOff, from;
  atomic {
    if :: s = cur :: cur > 1 -> s = cur - 1 :: cur > 2 -> s = cur - 2 fi;   /* the newest secret or one of those before */
    wasNewest = (s == cur && !gone);
    printf("%d presents %d\n", me, s)
  }
again:
  if
  :: d_step { cHas && !reread -> fCur = cCur; fPrev = cPrev; fPk = cPk; fGone = cGone; fromCopy = 1; wasOff = offAt[s]; printf("%d reads the copy: %d\n", me, fCur) }
  :: d_step { (!cHas || reread) -> fCur = cur; fPrev = prev; fPk = pk; fGone = gone; fromCopy = 0; e = epoch; from = ticks; wasOff = offAt[s]; printf("%d reads the source: %d\n", me, fCur) }
     d_step {
       if
       :: reread                                         /* what is read past the copy does not fill it */
       :: else ->
#ifdef GUARDED
       if :: e == epoch -> cHas = 1; cCur = fCur; cPrev = fPrev; cPk = fPk; cGone = fGone; cAge = AGE; if :: cAge >= STALE -> cHas = 0 :: else fi :: else fi
#else
       cHas = !fGone;
       cCur = fCur; cPrev = fPrev; cPk = fPk; cGone = fGone; cAge = AGE; if :: cAge >= STALE -> cHas = 0 :: else fi
#endif
       fi
     }
  fi;
  if
  :: !fGone && fCur == s -> ok = 1
  :: !fGone && fCur != s && fPrev == s && fPk == renewal ->
#ifdef MISS
    ok = 1; fwd = 1
#else
    if :: fromCopy -> reread = 1; goto again :: else -> ok = 1; fwd = 1 fi
#endif
  :: else ->
#ifdef NAIVE
    ok = 0
#else
    if :: fromCopy -> reread = 1; goto again :: else -> ok = 0 fi
#endif
  fi;
  d_step {
    printf("%d: %d is %d\n", me, s, ok);
    P(1, !wasNewest || ok || offAt[s] != 255);        /* P1: the newest token is never refused, but where it was cut meanwhile */
    P(2, !ok || wasOff == 255 || wasOff <= STALE)     /* P2: an old one is accepted for STALE ticks at the most */
  }
  if
  :: ok -> d_step {                                   /* the commit of a request that writes, and may send a cookie */
      P(3, !fwd || fromCopy == 0);                    /* P3: no token is sent that comes from a copy */
#ifdef BY_LOAD
      P(4, gone || wasOff == 255)                     /* P4: nothing is written by a secret that was cut when it was loaded */
#else
      P(4, gone || !(!fromCopy || s == cur || (s == prev && pk == renewal)) || wasOff == 255)
#endif
    }
  :: else
  fi;
  done++
}
active proctype Time() {
  byte i;
  do
  :: ticks < STALE + 2 -> d_step {
      ticks++; cAge++; i = 0;
      do :: i < CHANGES + 3 -> if :: offAt[i] < 254 -> offAt[i]++ :: else fi; i++ :: else -> break od;
      i = 0; if :: cAge >= STALE -> cHas = 0 :: else fi;
      printf("a tick passes\n") }
  :: done == N + 1 -> break
  od
}
init {
  atomic { offAt[0] = 0; offAt[1] = 255; run Changer(); do :: n < N -> run Reader(n); n++ :: else -> break od }
}
