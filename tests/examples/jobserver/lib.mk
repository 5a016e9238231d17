# two parts that may be made side by side, by a make with slots for it
all: a b; @echo lib
a b: ; @:
