/* A session keeps its id while its secret changes. One browser with one cookie jar sends N requests at once.
 *
 * A record is a compare-and-swap register. A commit reads, verifies and writes until its swap succeeds, and each try
 * verifies anew, so a commit is one atomic step: the instant of the swap that succeeded. What takes several calls of
 * the store on several records is several steps.
 *
 * Responses arrive at any later time and in any order, or are lost (LOSE). With FIFO they arrive in the order of the
 * commits. Without any switch the rules are those of the code; each switch changes one of them, to show that it is
 * needed. README.md names the switches and says how to run this.                                                     */


#ifndef N
#define N 3                        /* how many requests */
#endif
#ifndef ALLOW
#define ALLOW 127                  /* the kinds a request may be of: a mask of those below */
#endif
#ifndef LOSE
#define LOSE 0                     /* the kinds whose responses may be lost: a mask */
#endif
#ifndef PROPS
#define PROPS 255                  /* the properties that are asserted: bit n is Pn; P0 is "no false alarm" */
#endif
#ifndef TICKS
#define TICKS 1                    /* how many times more than the grace passes while no request is under way */
#endif
#ifndef USER
#define USER 1                     /* the user who is signed in at the start; 0 is an anonymous session */
#endif
#define READ   1
#define WRITE  2                   /* sets a key of its own */
#define RENEW  4                   /* a read that comes when a renewal is due */
#define ROTATE 8
#define LOGIN1 16
#define LOGIN2 32
#define LOGOUT 64
#define P(n, e)  assert(!(PROPS & (1 << (n))) || (e))

mtype = { dead, live, tomb };                                        /* states of a record */
mtype = { nothing, ended, current, open, closed, cut, wrong };       /* verdicts on a presented secret */
mtype = { none, renewal, rotation, login };                          /* what superseded prev */

typedef Rec {
  mtype st = dead; byte user; byte gen;   /* gen counts the logins */
  byte proof;                             /* stands for the current secret */
  byte prev; mtype pk = none; byte fwd;   /* the secret before, what superseded it, what is sealed under it */
  bit isOpen;                             /* prev still opens the session (renewals only) */
  bit aged;                               /* the current secret was made more than the grace ago */
  bit ripe;                               /* it was first presented more than the grace ago */
  bit used;                               /* that it was presented is noted */
  bit recent;                             /* a login, a rotation or an end came within the window */
  byte left; byte leftGen;                /* the session that its login left behind, and how many logins that had seen */
  byte data; byte rot;                    /* rot counts the rotations; only the properties look at it */
  byte seen; bit seenNow                  /* for the properties: at how many times, the grace apart, the secret was presented */
}
#define R (N + 2)
#define S (N + 2)
Rec rec[R];                               /* 0 stands for no record */
byte ids = 2, secrets = 2;                /* the next ones to be given out */
byte jarId = 1, jarSec = 1;               /* what the browser holds */
byte inflight, done, sent, arrived, ticks;
/* what only the properties look at */
byte secGen[S], secRot[S], secNext[S], secOf[S]; bit secClosed[S];
bit expectUser = (USER > 0), loggedOut, revived;
byte ackId[N];                            /* the record that an acknowledged write went into */
byte logouts, pending;                    /* logouts that have set out; those that are not answered */

inline verify(i, s) {
  if
  :: i == 0 || rec[i].st == dead -> v = nothing
  :: else -> if
    :: rec[i].st == tomb -> v = ended
    :: else -> if
      :: rec[i].proof == s -> v = current
      :: else -> if
        :: rec[i].prev == s && rec[i].pk == renewal -> if :: rec[i].isOpen -> v = open :: else -> v = closed fi
        :: rec[i].prev == s -> v = cut
#ifndef ONE_PREV                           /* all that was cut within the window is remembered, not only the last */
        :: secOf[s] == i && rec[i].recent && rec[i].prev != s -> v = cut
#endif
        :: else -> v = wrong
        fi
      fi
    fi
  fi
}

inline newSecret(i) {
  sec = secrets; secrets++;
  secGen[sec] = rec[i].gen; secRot[sec] = rec[i].rot;
  rec[i].proof = sec; rec[i].aged = 0; rec[i].ripe = 0; rec[i].used = 0; rec[i].seen = 0; rec[i].seenNow = 0; secOf[sec] = i
}

inline supersede(i, kind) {
#ifdef PREV_PRESENTED                     /* remembers the secret that was presented, not the one that was superseded */
  rec[i].prev = mySec;
#else
  rec[i].prev = rec[i].proof;
#endif
  rec[i].pk = kind; rec[i].isOpen = (kind == renewal);
  if :: kind == renewal -> rec[i].fwd = secrets :: else -> rec[i].fwd = 0; rec[i].recent = 1 fi
}

inline closePrev(i) {                     /* from now on prev opens nothing */
  if :: rec[i].isOpen -> rec[i].isOpen = 0; secClosed[rec[i].prev] = 1 :: else fi
}

inline create(u, d) {
  ck = ids; ids++;
  rec[ck].st = live; rec[ck].user = u; rec[ck].data = d; rec[ck].gen = (u > 0 -> 1 : 0);
  newSecret(ck); ckSec = sec
}

inline endIt(i) {
#ifdef NO_TOMB
  rec[i].st = dead;
#else
  rec[i].st = tomb;
#endif
  rec[i].user = 0; rec[i].data = 0; rec[i].recent = 1
}

inline endLeft(i) {                       /* unless somebody has signed in to it since */
  if
  :: rec[i].left > 0 && rec[rec[i].left].st == live && rec[rec[i].left].gen == rec[i].leftGen -> endIt(rec[i].left)
  :: else
  fi;
  rec[i].left = 0
}

inline tick() {                           /* more than the grace passes, and with it the window */
  i = 1;
  do
  :: i < R ->
    rec[i].recent = 0; rec[i].seenNow = 0; rec[i].aged = 1;
#if defined(MADE) || defined(RESTAMP) || defined(TIME)
    rec[i].ripe = 1;                      /* the grace counts from when the secret was made */
#else
    rec[i].ripe = rec[i].used;
#endif
    if :: rec[i].st == tomb -> rec[i].st = dead :: else fi;
#ifdef TIME
    closePrev(i);
#endif
#ifdef FIRSTUSE
    if :: rec[i].used -> closePrev(i) :: else fi;
#endif
    i++
  :: else -> break
  od;
  i = 0
}

/* Quiet: no new session and no Set-Cookie, since the browser may have a better cookie by now. */
#ifdef LOUD
#define QUIET(i) (v == cut && rec[i].recent)                       /* only the secrets that are remembered as cut */
#else
#define QUIET(i) (v != nothing && v != closed && rec[i].recent)
#endif

/* A write with a cookie that opens nothing begins a session. With VISITORS so does one without any cookie. */
#ifdef VISITORS
#define CREATES true
#else
#define CREATES (myId > 0)
#endif

/* Whether a login goes into the record that it came with. Otherwise it begins a session of its own. */
#ifdef LOGIN_INTO                         /* whatever has become of the presented secret */
#define INTO true
#else
#ifdef LOGIN_OPEN                         /* also while responses of a renewal may be under way */
#define INTO (v == current || v == open)
#else
#define INTO (user == 0 || (v == current && !rec[myId].isOpen))
#endif
#endif

proctype Req(byte me) {
  byte kind, myId, mySec, gen, user, who, data, sec, ck, ckSec, seq, outs; mtype v; bit alone, stolen, auth, quiet, sends, mayEnd, isLogin, other;

  atomic {
    myId = jarId; mySec = jarSec;                   /* the request carries what the jar holds */
#ifdef THIEF
    if :: true :: myId = 1; mySec = 1; stolen = 1 fi;
#endif
  if
  :: ALLOW & READ -> kind = READ     :: ALLOW & WRITE -> kind = WRITE   :: ALLOW & RENEW -> kind = RENEW
  :: ALLOW & ROTATE -> kind = ROTATE :: ALLOW & LOGIN1 -> kind = LOGIN1 :: ALLOW & LOGIN2 -> kind = LOGIN2
  :: ALLOW & LOGOUT -> kind = LOGOUT
  fi;
  if :: kind == LOGOUT -> logouts++; pending++; loggedOut = 1 :: else fi;
  outs = logouts; alone = (pending == 0);
  printf("%d sets out: kind %d with %d.%d\n", me, kind, myId, mySec)
  }

load:
  d_step {
    verify(myId, mySec);
    P(0, v != closed);                              /* with one honest browser every alarm is a false one */
    auth = (v == current || v == open); gen = rec[myId].gen;
    mayEnd = (auth || v == cut);
    quiet = QUIET(myId);
    if
    :: auth ->
      P(3, secGen[mySec] == rec[myId].gen);         /* P3: no secret from before a login opens it, */
      P(3, secRot[mySec] == rec[myId].rot);         /* nor one from before a rotation */
      P(4, !secClosed[mySec]);
      P(4, v == current || rec[myId].seen < 2);     /* P4: use closes a superseded secret, for good */
      P(6, v == current || rec[myId].fwd == rec[myId].proof);
      user = rec[myId].user; data = rec[myId].data;
#ifdef FORWARD_AT_LOAD
      if :: v == open -> ck = myId; ckSec = rec[myId].fwd; sends = 1 :: else fi;
#endif
      if
      :: v == current -> rec[myId].used = 1
      :: else
      fi
    :: else
    fi;
    printf("%d loads: %e, quiet %d\n", me, v, quiet)
  }

commit:
  atomic {
    verify(myId, mySec);
    if                                              /* is it still the session that was loaded? */
    :: auth && (rec[myId].st != live) -> auth = 0; quiet = 1
#ifdef LASTKIND                                     /* asks what the last change was, not the generation */
    :: auth && rec[myId].st == live && rec[myId].pk == login && v != current -> auth = 0; quiet = 1
#else
    :: auth && rec[myId].st == live && rec[myId].gen != gen -> auth = 0; quiet = 1
#endif
    :: else
    fi;
#if !defined(TIME) && !defined(FIRSTUSE)
    if :: auth && v == current && rec[myId].ripe -> closePrev(myId); endLeft(myId) :: else fi;
#endif
#ifndef FORWARD_AT_LOAD
    if :: auth && v == open && kind <= ROTATE -> ck = myId; ckSec = rec[myId].fwd; sends = 1 :: else fi;
#endif
    if :: auth && v == current && !rec[myId].seenNow -> rec[myId].seen++; rec[myId].seenNow = 1 :: else fi;
#ifdef RESTAMP                                      /* the grace begins anew when the newest secret is handed out again */
    if :: auth && v == open -> rec[myId].ripe = 0 :: else fi;
#endif
    if
    :: kind == READ
    :: kind == WRITE -> if
      :: auth ->
        P(3, secGen[mySec] == rec[myId].gen);
        rec[myId].data = rec[myId].data | (1 << me); ackId[me] = myId
      :: !auth && !quiet && CREATES -> create(0, 1 << me); ackId[me] = ck; sends = 1
      :: else -> P(2, myId == 0 || rec[myId].st != live || secGen[mySec] != rec[myId].gen || secRot[mySec] != rec[myId].rot || secClosed[mySec])
      fi                                            /* P2: told "ended" only after an end or a login, or where the secret was bad when it was loaded */
    :: kind == RENEW -> if
#ifdef RENEW_ANY                                    /* also while the secret before is open */
      :: auth && v == current && user > 0 ->
#else
#ifdef RENEW_ANON
      :: auth && v == current && rec[myId].aged && !rec[myId].isOpen ->
#else
      :: auth && v == current && rec[myId].aged && !rec[myId].isOpen && user > 0 ->
#endif
#endif
        supersede(myId, renewal); newSecret(myId); ck = myId; ckSec = sec; sends = 1
#ifdef RENEW_TWICE
      :: auth && v == open -> supersede(myId, renewal); newSecret(myId); ck = myId; ckSec = sec; sends = 1
#endif
      :: else
      fi
    :: kind == ROTATE -> if
#ifdef ROTATE_TWICE                                 /* makes a secret although the one presented is cut by now */
      :: auth ->
#else
      :: auth && (v == current || v == open) ->
#endif
        supersede(myId, rotation); rec[myId].rot++; newSecret(myId); ck = myId; ckSec = sec; sends = 1
      :: else
      fi
    :: kind == LOGIN1 || kind == LOGIN2 ->
      isLogin = 1; who = (kind == LOGIN1 -> 1 : 2);
      if
      :: auth && (user == 0 || user == who) && INTO ->
        supersede(myId, login); rec[myId].gen++;
        rec[myId].user = who;
        newSecret(myId); ck = myId; ckSec = sec; sends = 1
#ifdef LOGIN_RETAKE                                 /* takes the record over with a secret that a login of the same user has cut */
      :: !auth && rec[myId].st == live && rec[myId].user == who ->
        supersede(myId, login); rec[myId].gen++; newSecret(myId); ck = myId; ckSec = sec; sends = 1
#endif
      :: else ->                                    /* a session of its own; the data comes along only where it may */
        if
        :: user > 0 && user != who -> data = 0; other = 1
#ifndef KEEP_ANON                                   /* an anonymous session that can not be taken over ends */
        :: !auth && mayEnd && rec[myId].st == live && rec[myId].user == 0 -> data = 0; other = 1
#endif
#ifdef REVIVE_DATA
#else
        :: myId > 0 && rec[myId].st != live -> data = 0
#endif
        :: else
        fi;
        if :: data != 0 && rec[myId].st != live -> revived = 1 :: else fi;
        sends = 1;
#ifdef CREATE_FIRST                                 /* creates the new session before it ends that of the other user */
        create(who, data)
#else
        if
        :: !other -> create(who, data);
          if                                        /* what it leaves of the same user ends when the new secret is in use */
          :: auth && user == who && rec[myId].st == live -> rec[ck].left = myId; rec[ck].leftGen = gen
          :: else
          fi;
#ifdef LEFT_AT_ONCE
          endLeft(ck)
#endif
        :: other && mayEnd && rec[myId].st == live && rec[myId].gen == gen -> endIt(myId) :: else fi
#endif
      fi
    :: kind == LOGOUT ->
#ifdef LOGOUT_OWN                                   /* ends the session only with a secret that still opens it */
      if :: auth -> endIt(myId) :: else fi;
#else
      if :: mayEnd && rec[myId].st == live -> endIt(myId); endLeft(myId) :: else fi;
#endif
      ck = 0; ckSec = 0; sends = (myId > 0)
    fi;
    if
    :: sends && auth && kind <= RENEW ->
      P(5, secNext[mySec] == 0 || secNext[mySec] == ckSec);   /* P5: all who present a renewed secret get the same new one */
      secNext[mySec] = ckSec
    :: else
    fi;
    P(7, !revived);
#ifdef OWN_USE                                      /* a second write of the request counts as a use of the secret it was given */
    if
    :: sends && auth && kind <= RENEW -> if :: rec[myId].ripe -> closePrev(myId) :: else fi; rec[myId].used = 1
    :: else
    fi;
#endif
#ifndef CREATE_FIRST
    if :: !other -> seq = sent; sent++ :: else fi;
#else
    seq = sent; sent++;
#endif
    printf("%d commits: finds %e; now %d: %e, current %d, prev %d %e open %d; sends %d: %d.%d\n", me, v, myId, rec[myId].st, rec[myId].proof, rec[myId].prev, rec[myId].pk, rec[myId].isOpen, sends, ck, ckSec)
  }

  if                                                /* the second step of a login that ends a session first */
  :: other -> atomic {
#ifdef CREATE_FIRST
      if :: rec[myId].st == live && rec[myId].gen == gen -> endIt(myId) :: else fi
#else
      create(who, 0); seq = sent; sent++;
      printf("%d commits its second step: sends %d.%d\n", me, ck, ckSec)
#endif
    }
  :: else
  fi;

arrive:
  atomic {
#ifdef FIFO
    arrived == seq;
#endif
    if
    :: sends && (LOSE & kind) -> printf("%d's response is lost\n", me)
    :: sends && stolen
    :: sends && !stolen -> jarId = ck; jarSec = ckSec; printf("%d's cookie arrives: the jar is %d.%d\n", me, ck, ckSec)
      if
      :: isLogin -> expectUser = 1;                 /* the user expects to be signed in, if no logout was under way */
        if :: alone && outs == logouts -> loggedOut = 0 :: else fi
      :: else
      fi
    :: !sends
    fi;
    if :: kind == LOGOUT -> pending-- :: else fi;
    arrived++; inflight--; done++
  }
}

#ifdef ROLLBACK                                     /* the browser crashes, and its jar is what it was less than the grace ago */
proctype Crash() {
  byte oldId, oldSec, t;
  atomic { oldId = jarId; oldSec = jarSec; t = ticks }
  atomic { if :: t == ticks && rec[oldId].proof != oldSec && rec[oldId].pk == renewal -> jarId = oldId; jarSec = oldSec :: else fi }
}
#endif

init {
  byte i, n; mtype v;
  atomic {
    rec[1].st = live; rec[1].user = USER; rec[1].gen = (USER > 0 -> 1 : 0); rec[1].proof = 1; rec[1].aged = 1; rec[1].ripe = 1; rec[1].used = 1; secOf[1] = 1;
    secGen[1] = rec[1].gen;
#ifdef EMPTY
    jarId = 0; jarSec = 0; expectUser = 0
#endif
#ifdef ROLLBACK
    run Crash()
#endif
  }
  do                                                /* requests set out and time passes, in any order */
  :: n < N -> atomic { inflight++; run Req(n); n++ }
#ifdef SLOW                                         /* requests may take longer than the grace */
  :: ticks < TICKS -> d_step { tick(); ticks++; printf("more than grace passes\n") }
#else
  :: ticks < TICKS && inflight == 0 -> d_step { tick(); ticks++; printf("more than grace passes\n") }
#endif
  :: n == N && done == N -> break
  od;
settled:
  skip;
  d_step {
    verify(jarId, jarSec);
    P(1, !expectUser || loggedOut || ((v == current || v == open) && rec[jarId].user > 0));
    n = 0;
    do
    :: n < N ->
      P(2, ackId[n] == 0 || rec[ackId[n]].st != live || (rec[ackId[n]].data & (1 << n)));
      n++
    :: else -> break
    od
#ifdef MUST_END                                     /* P7: after a logout the session that the browser was in is over */
    ; P(7, !loggedOut || rec[1].st != live)
#endif
  }
}
