/* The control: sessions whose key is the token. A new token takes a new record: the new one is created, then the old one is
 * retired by a swap. Each call of the store is a step. This must show the sign-outs and lost writes that such a design has;
 * if it did not, secret.pml would prove nothing.                                                                              */
#ifndef N
#define N 3
#endif
#ifndef ALLOW
#define ALLOW 27
#endif
#ifndef USER
#define USER 1
#endif
#ifndef PROPS
#define PROPS 255
#endif
#define READ 1
#define WRITE 2
#define ROTATE 8
#define LOGIN1 16
#define P(n, e) assert(!(PROPS & (1 << (n))) || (e))
mtype = { dead, live, trail };
typedef Rec { mtype st = dead; byte user; byte data; byte ver }
#define R (2 * N + 2)
Rec rec[R]; byte ids = 2, jar = 1, done, sent, arrived; bit expectUser = (USER > 0); bool acked[N];

inline create(u, d) { new = ids; ids++; rec[new].st = live; rec[new].user = u; rec[new].data = d }

proctype Req(byte me) {
  byte kind, tok, new, ver, data, user, seq; bit auth, sends, ok;
  atomic {
    tok = jar;
    if :: ALLOW & READ -> kind = READ :: ALLOW & WRITE -> kind = WRITE :: ALLOW & ROTATE -> kind = ROTATE :: ALLOW & LOGIN1 -> kind = LOGIN1 fi;
    printf("%d sets out: kind %d with %d\n", me, kind, tok)
  }
  d_step {                                           /* the session is loaded */
    auth = (rec[tok].st == live); data = rec[tok].data; ver = rec[tok].ver; user = rec[tok].user;
    printf("%d loads: %e\n", me, rec[tok].st)
  }
  if
  :: kind == READ
  :: kind == WRITE -> d_step { if
    :: auth && rec[tok].st == live -> rec[tok].data = rec[tok].data | (1 << me); rec[tok].ver++; acked[me] = 1
    :: auth && rec[tok].st != live                   /* it has ended meanwhile */
    :: !auth -> create(0, 1 << me); sends = 1; acked[me] = 1
    fi; printf("%d writes; sends %d: %d\n", me, sends, new) }
  :: kind >= ROTATE && auth ->
    d_step { create((kind == LOGIN1 -> 1 : user), data); printf("%d commits: creates %d\n", me, new) }
    do
    :: d_step { if
      :: rec[tok].st == live && rec[tok].ver == ver -> rec[tok].st = trail; rec[tok].user = 0; sends = 1; ok = 1
      :: rec[tok].st == live && rec[tok].ver != ver -> data = rec[tok].data; ver = rec[tok].ver
      :: rec[tok].st != live -> ok = 1; sends = (kind == LOGIN1)
      fi }
      if
      :: ok && !sends -> rec[new].st = dead; break
      :: ok && sends -> break
      :: !ok -> rec[new].data = data
      fi
    od;
    printf("%d commits: old one retired; sends %d: %d\n", me, sends, new)
  :: kind == ROTATE && !auth
  :: kind == LOGIN1 && !auth -> d_step { create(1, 0); sends = 1 }
  fi;
  d_step { seq = sent; sent++ }
  atomic {
#ifdef FIFO
    arrived == seq;
#endif
    if :: sends -> jar = new; expectUser = expectUser || kind == LOGIN1; printf("%d's cookie arrives: the jar is %d\n", me, new) :: else fi;
    arrived++; done++
  }
}
init {
  byte n;
  atomic { rec[1].st = live; rec[1].user = USER; do :: n < N -> run Req(n); n++ :: else -> break od; n = 0 }
  done == N;
  d_step {
    P(1, !expectUser || (rec[jar].st == live && rec[jar].user > 0));
    do :: n < N -> P(2, !acked[n] || (rec[jar].data & (1 << n))); n++ :: else -> break od   /* P2: what was acknowledged is in the session that the browser holds */
  }
}
