# two parts that may be made side by side, by a make with slots for it
all: a b; @echo app
a b: ; @:
