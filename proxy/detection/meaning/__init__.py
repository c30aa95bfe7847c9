"""What colours a text: health, belief, origin, age, where its people live."""
