"""tau2 on our engine beside tau2 itself: how far both agree, and what copying and replaying take."""
