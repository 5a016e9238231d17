echo reads its input
